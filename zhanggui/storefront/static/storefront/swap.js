// A form marked data-swap is sent in the background when something marked data-now changes or one of its buttons that
// stays on the page is pressed; the page's main part is replaced. Without this file the same form reloads the page.
const main = document.getElementById("main");
let sending = null;

async function send(form, button) {
  sending?.abort();
  sending = new AbortController();
  const body = new FormData(form, button ?? undefined);
  if (!button && form.dataset.swap) body.set("do", form.dataset.swap);
  main.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body, signal: sending.signal, headers: { Accept: "text/html" } });
    const here = new URL(location.href);
    const there = new URL(answer.url);
    if (answer.redirected && there.pathname !== here.pathname) { location.assign(answer.url); return; }
    show(await answer.text());
    sending = null;
  } catch (trouble) {
    if (trouble.name === "AbortError") return;
    sending = null;
    form.requestSubmit(button ?? undefined); // the browser's own way tells what is wrong
  }
}

function show(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const fresh = page.getElementById("main");
  if (!fresh) { location.reload(); return; }
  const focus = document.activeElement;
  const mark = focus && main.contains(focus) ? focus.id || (focus.name && focus.value ? `[name="${CSS.escape(focus.name)}"][value="${CSS.escape(focus.value)}"]` : "") : "";
  const opened = [...main.querySelectorAll("details[open][id]")].map((one) => one.id);
  main.replaceChildren(...fresh.childNodes);
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  main.removeAttribute("aria-busy");
  const again = mark && (mark.startsWith("[") ? main.querySelector(mark) : document.getElementById(mark));
  again?.focus({ preventScroll: true });
}

main.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.hasAttribute("data-swap") && event.target.hasAttribute("data-now")) send(form);
});

const sent = new WeakSet();
main.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.hasAttribute("data-swap") && button?.hasAttribute("data-stay") && !sending) {
    event.preventDefault();
    send(form, button);
    return;
  }
  if (form.hasAttribute("data-once")) { // a double click sends it once; the server would take it once anyway
    if (sent.has(form)) event.preventDefault();
    sent.add(form);
    setTimeout(() => sent.delete(form), 4000);
  }
});
