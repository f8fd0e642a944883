// Short sentences at the bottom of the window; a reversible act can be undone from there for eight seconds.
import { make, say, send } from "./words.js";

const SECONDS = 8;
let lastUndo = null, undoing = false;

export function toast(message, { undo = "", bad = false, seconds = SECONDS, act = null } = {}) {
  const place = document.getElementById("toasts");
  if (!place || !message) return null;
  const box = make("div", { class: bad ? "toast toast-bad" : "toast" }, make("p", {}, message));
  const close = () => { clearTimeout(timer); box.remove(); if (lastUndo?.box === box) lastUndo = null; };
  if (undo) {
    const button = make("button", { type: "button", class: "btn btn-small", "data-undo": undo }, say("undo"));
    button.append(make("kbd", { class: "kbd", "aria-hidden": "true" }, "u"));
    button.addEventListener("click", () => takeBack(undo, close));
    box.append(button);
    lastUndo = { box, run: () => takeBack(undo, close) };
  }
  if (act) box.append(make("button", { type: "button", class: "btn btn-small", onclick: () => { close(); act.run(); } }, act.label));
  box.append(make("button", { type: "button", class: "btn btn-icon btn-small", "aria-label": say("close"), onclick: close }, "×"));
  while (place.children.length >= 4) place.firstElementChild.remove();
  place.append(box);
  let timer = bad ? 0 : setTimeout(close, seconds * 1000);
  box.addEventListener("pointerenter", () => clearTimeout(timer));
  box.addEventListener("pointerleave", () => { if (!bad) timer = setTimeout(close, 4000); });
  return box;
}

export function undoLast() {
  if (lastUndo) lastUndo.run();
  else toast(say("nothing"), { seconds: 2 });
}

async function takeBack(url, close) {
  if (undoing) return;
  undoing = true;
  document.dispatchEvent(new CustomEvent("zg:undoing", { detail: { url } }));
  try {
    const answer = await send(url, {}, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).message);
    close();
    toast(say("undone"), { seconds: 3 });
    refreshAll();
  } catch (trouble) {
    toast(trouble.message || say("trouble"), { bad: true });
  } finally {
    undoing = false;
  }
}

export function refreshAll() {
  const watching = document.querySelectorAll("[data-live]");
  if (!watching.length) { location.reload(); return; }
  for (const element of watching) element.dispatchEvent(new CustomEvent("zg:bell", { detail: { topic: "", about: "" } }));
}

document.addEventListener("zg:toast", (event) => toast(event.detail.message ?? event.detail.value, event.detail));
document.addEventListener("htmx:error", () => toast(say("offline"), { bad: true }));
document.addEventListener("htmx:before:response", (event) => {
  const { status, headers } = event.detail.ctx.response;
  if (status === 401 && headers.get("HX-Redirect")) return;
  if (status >= 500) {
    event.preventDefault();
    const number = headers.get("X-Error-Number");
    toast(number ? `${say("trouble")} ${number}` : say("trouble"), { bad: true });
  }
});

const waiting = document.cookie.split("; ").find((part) => part.startsWith("zg-toast="));
if (waiting) {
  document.cookie = "zg-toast=; path=/; max-age=0; samesite=lax";
  try {
    const { message, undo, bad } = JSON.parse(decodeURIComponent(waiting.slice(9)));
    toast(message, { undo: undo?.startsWith("/") && !undo.startsWith("//") ? undo : "", bad });
  } catch { /* not ours */ }
}
