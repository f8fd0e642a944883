// A form is sent once; what was typed stays when it fails; a dangerous act asks first (data-ask="…").
import { make, say } from "./words.js";
import { toast } from "./toasts.js";

function busy(form, on, submitter) {
  form.toggleAttribute("data-busy", on);
  const button = submitter ?? form.querySelector("[type=submit], button:not([type])");
  if (button) on ? button.setAttribute("aria-busy", "true") : button.removeAttribute("aria-busy");
}

export function ask(sentence, { sure = say("sure"), bad = true } = {}) {
  const dialog = document.getElementById("ask");
  return new Promise((answer) => {
    const done = (yes) => { dialog.close(); answer(yes); };
    const yes = make("button", { type: "button", class: bad ? "btn btn-danger btn-primary" : "btn btn-primary", onclick: () => done(true) }, sure);
    dialog.replaceChildren(
      make("div", { class: "dialog-head" }, make("h2", { id: "ask-title" }, say("ask"))),
      make("div", { class: "dialog-body" }, make("p", {}, sentence)),
      make("div", { class: "dialog-foot" }, make("button", { type: "button", class: "btn", onclick: () => done(false) }, say("cancel")), yes));
    dialog.oncancel = () => answer(false);
    dialog.showModal();
    yes.focus();
  });
}

export function startForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target, question = event.submitter?.dataset.ask ?? form.dataset.ask;
    if (form.method === "get" || form.method === "dialog") return;
    if (question && !form.dataset.asked) {
      event.preventDefault(); event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(question).then((yes) => { if (yes) { form.dataset.asked = "1"; form.requestSubmit(submitter ?? undefined); } });
      return;
    }
    delete form.dataset.asked;
    if (form.hasAttribute("data-busy")) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    setTimeout(() => { if (!event.defaultPrevented || form.matches("[hx-post]")) busy(form, true, event.submitter); });
    if (!form.matches("[hx-post]")) setTimeout(() => busy(form, false, event.submitter), 10000); // an answer that is a file
  }, true);
  document.addEventListener("htmx:finally:request", (event) => { const form = event.target.closest?.("form"); if (form) busy(form, false, event.detail.ctx.request.submitter); });
  document.addEventListener("htmx:confirm", (event) => {
    const question = event.detail.ctx.confirm;
    if (!question) return;
    event.preventDefault();
    ask(question).then((yes) => yes ? event.detail.issueRequest() : event.detail.dropRequest());
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => {
    busy(form, false); form.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
  }));
  // Whoever tries to leave a form that has an error sees the first one.
  document.querySelector("main .field .error:not([hidden])")?.closest(".field")?.querySelector("input, select, textarea")?.focus();
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try { await navigator.clipboard.writeText(button.dataset.copy); } catch { getSelection().selectAllChildren(button); document.execCommand("copy"); }
    toast(say("copied"), { seconds: 2 });
  });
}
