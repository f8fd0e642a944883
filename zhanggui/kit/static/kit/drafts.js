// <form data-draft="orders/WH01/123/note">: what one types is kept on the server, a second after it was typed, for
// this person and this place; it comes back after a reload, on any machine, until the form is sent or it is thrown away.
import { clock, make, say, send } from "./words.js";

const url = () => document.body.dataset.drafts;
const known = new WeakMap();
const SENT = "zg-sent";

function values(form) {
  const found = {};
  for (const element of form.elements) {
    if (!element.name || element.disabled || ["csrfmiddlewaretoken", "version"].includes(element.name)) continue;
    if (["password", "file", "submit", "button", "hidden"].includes(element.type)) continue;
    if (element.type === "checkbox" || element.type === "radio") { if (element.checked) (found[element.name] ??= []).push(element.value); else found[element.name] ??= []; }
    else (found[element.name] ??= []).push(element.value);
  }
  return found;
}

function put(form, draft) {
  const count = {};
  for (const element of form.elements) {
    if (!(element.name in draft) || element.type === "hidden") continue;
    if (element.type === "checkbox" || element.type === "radio") element.checked = draft[element.name].includes(element.value);
    else { const number = (count[element.name] = (count[element.name] ?? -1) + 1); if (number in draft[element.name]) element.value = draft[element.name][number]; }
  }
}

function tell(form, text, offer) {
  let place = form.querySelector(".draft-state");
  if (!place) { place = make("p", { class: "draft-state", role: "status" }); (form.querySelector(".actions") ?? form).append(place); }
  place.replaceChildren(text, " ");
  if (offer) place.append(make("button", { type: "button", class: "link", onclick: () => discard(form) }, say("discard")));
}

async function save(form, keepalive = false) {
  const mind = known.get(form), now = JSON.stringify(values(form));
  if (!mind || mind.sent || now === mind.saved) return;
  mind.saved = now;
  const answer = await send(url(), { place: form.dataset.draft, fields: now === mind.first ? "" : now }, { keepalive }).catch(() => null);
  if (answer?.ok) { if (form.isConnected) tell(form, now === mind.first ? "" : say("saved", { time: clock() }), now !== mind.first); }
  else mind.saved = "";
}

async function discard(form) {
  const mind = known.get(form);
  await send(url(), { place: form.dataset.draft, fields: "" });
  form.reset();
  put(form, JSON.parse(mind.first));
  mind.saved = mind.first;
  tell(form, "");
}

async function begin(form) {
  if (known.has(form) || !url()) return;
  const mind = { first: JSON.stringify(values(form)), saved: "", timer: 0, sent: false };
  mind.saved = mind.first;
  known.set(form, mind);
  form.addEventListener("input", () => { clearTimeout(mind.timer); mind.timer = setTimeout(() => save(form), 1000); });
  form.addEventListener("submit", () => { clearTimeout(mind.timer); });
  const answer = await fetch(`${url()}?place=${encodeURIComponent(form.dataset.draft)}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const { fields } = await answer.json();
  if (fields && JSON.stringify(values(form)) === mind.first) {
    put(form, fields);
    mind.saved = JSON.stringify(values(form));
    if (mind.saved !== mind.first) { tell(form, say("restored"), true); form.dispatchEvent(new CustomEvent("zg:restored", { bubbles: true })); }
  }
}

export function startDrafts() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  // A plain form was sent a moment ago. No refusal on the page that came back: it went well.
  if (sent && !document.querySelector("main .error, main .refusal, .error-page")) send(url(), { place: sent, fields: "" }).finally(start);
  else start();
}

function start() {
  const look = () => document.querySelectorAll("form[data-draft]").forEach(begin);
  look();
  document.addEventListener("htmx:after:settle", look);
  // A page that is left saves at once; the server clears the draft itself when the form succeeds (kit/drafts).
  window.addEventListener("pagehide", () => document.querySelectorAll("form[data-draft]").forEach((form) => save(form, true)));
  document.addEventListener("submit", (event) => {
    const mind = known.get(event.target);
    if (!mind || event.defaultPrevented || event.target.matches("[hx-post]")) return;
    mind.sent = true;
    sessionStorage.setItem(SENT, event.target.dataset.draft);
  });
  document.addEventListener("htmx:after:request", (event) => {
    const form = event.target.closest?.("form[data-draft]"), ctx = event.detail.ctx;
    if (form && known.has(form) && ctx.request.method === "POST" && ctx.response.status < 400) {
      known.get(form).sent = true; clearTimeout(known.get(form).timer);
      send(url(), { place: form.dataset.draft, fields: "" });
    }
  });
}
