// The order list: choosing rows, bulk acts without leaving the page, a peek, flags by key.
import "./timers.js";
import { toast } from "../kit/toasts.js";

const bar = () => document.querySelector("[data-bulk]");
const form = () => document.getElementById("bulk");
const boxes = () => [...document.querySelectorAll("#rows [data-row] input[name=ids]")];
const here = () => document.querySelector("#rows [data-row].here") ?? document.activeElement?.closest?.("#rows [data-row]");

function count() {
  const all = boxes(), chosen = all.filter((box) => box.checked), place = bar();
  if (!place) return;
  place.classList.toggle("some", chosen.length > 0);
  const said = place.querySelector(".o-chosen");
  said.textContent = chosen.length ? said.dataset.some.replace("{n}", chosen.length) : said.dataset.none;
  const whole = place.querySelector(".o-whole"), full = all.length > 0 && chosen.length === all.length;
  const page = document.querySelector("[data-page-all]");
  if (page) { page.checked = full; page.indeterminate = chosen.length > 0 && !full; }
  whole.hidden = !full;
  if (full && !whole.dataset.asked) { whole.dataset.asked = "1"; whole.dispatchEvent(new CustomEvent("zg:whole")); }
  const every = whole.querySelector("[data-all]");
  if (every && !full) every.checked = false;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-page-all]"))
    for (const box of boxes()) { box.checked = event.target.checked; box.closest("[data-row]").classList.toggle("chosen", box.checked); }
  if (event.target.matches("[data-page-all], #rows input[name=ids]")) count();
  if (event.target.matches("[data-auto]")) event.target.form.requestSubmit();
});
document.addEventListener("htmx:after:settle", count);

document.addEventListener("submit", async (event) => {
  if (event.target !== form() || event.defaultPrevented) return;
  event.preventDefault();
  await bulk(new FormData(form(), event.submitter));
});

// Bells that our own acts ring: those rows come back with the answer, so the strip need not call for them.
const WAIT = 10000;
const ours = new Map();
let lastActed = [];
const numberOf = (row) => row.querySelector("[data-open]")?.textContent.trim();

function acting(numbers) {
  lastActed = numbers;
  for (const number of numbers) ours.set(`order:${number}`, Date.now() + WAIT);
}
document.addEventListener("zg:strip", (event) => {
  const until = ours.get(event.detail.about);
  ours.delete(event.detail.about);
  if (until > Date.now()) event.preventDefault();
});
document.addEventListener("zg:undoing", () => acting(lastActed));

function swap(row, fresh) {
  const ticked = row.querySelector("input[name=ids]")?.checked;
  fresh.classList.toggle("here", row.classList.contains("here"));
  row.replaceWith(fresh);
  if (ticked) { fresh.querySelector("input[name=ids]").checked = true; fresh.classList.add("chosen"); }
  window.htmx?.process(fresh);
}

async function bulk(fields) {
  const target = form(), had = document.querySelector("#rows [data-row].here");
  if (!fields.get("all")) acting(boxes().filter((box) => box.checked).map((box) => numberOf(box.closest("[data-row]"))));
  const answer = await fetch(target.action, { method: "POST", body: fields, credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
  target.removeAttribute("data-busy");
  target.querySelectorAll("[aria-busy]").forEach((one) => one.removeAttribute("aria-busy"));
  if (!answer) return;
  const read = new DOMParser().parseFromString(await answer.text(), "text/html");
  const events = JSON.parse(answer.headers.get("HX-Trigger") || "{}"), told = events["zg:toast"];
  const said = read.querySelector(".refusal, .notice")?.textContent.trim() ?? "";
  toast(told?.message ?? said, told ?? { bad: !answer.ok });
  if (!answer.ok) return;
  for (const box of boxes()) { box.checked = false; box.closest("[data-row]").classList.remove("chosen"); }
  target.querySelectorAll("details[open]").forEach((one) => { one.open = false; });
  const rows = new Map([...document.querySelectorAll("#rows [data-row]")].map((row) => [row.dataset.url, row]));
  for (const fresh of read.querySelectorAll("[data-row]")) {
    const row = rows.get(fresh.dataset.url);
    if (row) swap(row, fresh);
  }
  if (had && !had.isConnected) document.querySelector("#rows [data-row].here")?.focus({ preventScroll: true });
  count();
  if (events["zg:jobs"]) document.dispatchEvent(new CustomEvent("zg:jobs", { detail: events["zg:jobs"] }));
}

async function flag(value) {
  if (boxes().some((box) => box.checked)) {
    form().requestSubmit(document.querySelector(`[data-bulk] [data-flag="${value}"]`));
    return;
  }
  const row = here();
  if (!row) return;
  await act(row, "flag/", { flag: value });
}

async function act(row, what, values) {
  acting([numberOf(row)]);
  const body = new URLSearchParams({ ...values, shown: "row", csrfmiddlewaretoken: document.body.dataset.csrf });
  const answer = await fetch(row.dataset.url + what, { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer || answer.status >= 500) return;
  const table = new DOMParser().parseFromString(`<table><tbody>${await answer.text()}</tbody></table>`, "text/html");
  const fresh = table.querySelector("tr");
  if (!fresh) return;
  swap(row, fresh);
  if (fresh.classList.contains("here")) fresh.focus({ preventScroll: true });
  const said = JSON.parse(answer.headers.get("HX-Trigger") || "{}")["zg:toast"];
  if (said) toast(said.message, said);
}

async function peek() {
  const row = here(), dialog = document.getElementById("peek");
  if (!row || !dialog) return;
  const answer = await fetch(`${row.dataset.url}peek/`, { credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const read = new DOMParser().parseFromString(await answer.text(), "text/html");
  dialog.replaceChildren(...read.body.childNodes);
  dialog.showModal();
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".o-more[open]")) event.target.querySelector(".o-filters").dispatchEvent(new CustomEvent("zg:open"));
}, true);
document.addEventListener("keydown", (event) => {
  const dialog = document.getElementById("peek");
  if (dialog?.open && event.code === "Space" && !event.target.closest("input, textarea, a, button")) { event.preventDefault(); dialog.close(); }
});
document.addEventListener("click", (event) => {
  const flagged = event.target.closest("[data-key-flag]");
  if (flagged) flag(flagged.dataset.keyFlag);
  else if (event.target.closest("[data-key-peek]")) peek();
  else if (event.target.closest("[data-key-note]")) note();
  else if (event.target.closest("[data-columns]")) {
    event.preventDefault();
    const box = document.querySelector("[data-columns-box]");
    box.open = !box.open;
    box.querySelector("input")?.focus();
    box.scrollIntoView({ block: "nearest" });
  } else if (event.target.id === "peek") event.target.close();
});

// After an undo, or when the line was down: fetch the rows again, but never while somebody has chosen some.
document.addEventListener("zg:bell", (event) => {
  const list = event.target;
  if (list.id !== "rows" || event.detail?.topic || boxes().some((box) => box.checked)) return;
  window.htmx?.ajax("GET", list.dataset.url, { target: list, swap: "outerHTML" });
}, true);  // the bell does not bubble

function note() {
  const row = here();
  if (row && !boxes().some((box) => box.checked)) {
    const box = row.querySelector("input[name=ids]");
    box.checked = true;
    row.classList.add("chosen");
    count();
  }
  const field = document.getElementById("b-wish");
  if (!field) return;
  field.closest("details").open = true;
  field.focus();
}
count();
