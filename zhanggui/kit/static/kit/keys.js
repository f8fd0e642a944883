// Keys of the page contract (screens.md A5). Matches event.code, so it works under any input method and layout;
// never acts while one types or composes, never uses Alt.
//
// data-key="n"      pressing n clicks the element (or focuses a field). "f 1": f, then 1. "g o": go.
// data-rows         a list: j/k move, x chooses, Shift+x chooses a range, Enter opens [data-open] or the first link.
import { make } from "./words.js";
import { undoLast } from "./toasts.js";

const WITHIN = 1200;
let first = "", firstAt = 0, anchor = null;
const CODES = { Slash: "/", Escape: "Escape", Enter: "Enter", Space: "Space", Period: ".", Comma: "," };

export function typing(target) {
  return target instanceof Element && target.closest("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]") !== null;
}

function named(event) {
  if (event.code.startsWith("Key")) return event.code.slice(3).toLowerCase();
  if (/^(Digit|Numpad)\d$/.test(event.code)) return event.code.at(-1);
  return CODES[event.code] ?? "";
}

export function keyed() {
  const found = new Map();
  for (const element of document.querySelectorAll("[data-key]"))
    if (!found.has(element.dataset.key) && shownNow(element)) found.set(element.dataset.key, element);
  return found;
}

function shownNow(element) {
  const dialog = document.querySelector("dialog[open]");
  return (!dialog || dialog.contains(element)) && (element.offsetParent !== null || element.getClientRects().length > 0 || element.dataset.keyAlways !== undefined);
}

function press(element) {
  if (element.disabled || element.getAttribute("aria-disabled") === "true") { element.focus(); return; }
  if (element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) element.focus();
  else element.click();
}

function goes() {
  const found = new Map();
  for (const link of document.querySelectorAll(".nav-link[data-go]")) found.set(link.dataset.go, link.href);
  return found;
}

// rows
const rows = () => [...document.querySelectorAll("[data-rows] [data-row]")];
const here = () => document.querySelector("[data-rows] [data-row].here");
function moveTo(row) {
  here()?.classList.remove("here");
  if (!row) return;
  row.classList.add("here");
  if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
function step(by) {
  const all = rows(), at = all.indexOf(here());
  if (all.length) moveTo(all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))]);
}
function choose(range) {
  const row = here(), box = row?.querySelector("input[type=checkbox]");
  if (!box) return;
  const all = rows();
  if (range && anchor?.isConnected) {
    const [from, to] = [all.indexOf(anchor), all.indexOf(row)].sort((a, b) => a - b);
    for (const one of all.slice(from, to + 1)) tick(one, true);
  } else tick(row, !box.checked);
  anchor = row;
}
function tick(row, on) {
  const box = row.querySelector("input[type=checkbox]");
  if (!box || box.checked === on) return;
  box.checked = on;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.dispatchEvent(new Event("change", { bubbles: true }));
}
document.addEventListener("change", (event) => {
  const row = event.target.matches?.("[data-row] input[type=checkbox]") && event.target.closest("[data-row]");
  if (row) row.classList.toggle("chosen", event.target.checked);
});

function opened() {
  const row = here();
  const link = row?.querySelector("[data-open], a[href]");
  if (!link || (document.activeElement !== row)) return false;
  link.click();
  return true;
}

function back() {
  const menu = document.querySelector("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return true; }
  const drawer = document.querySelector(".drawer:not([hidden])");
  if (drawer) { document.querySelector("[data-act=jobs]")?.click(); return true; }
  if (typing(document.activeElement)) { document.activeElement.blur(); return true; }
  return false;
}

const SINGLE = {
  j: () => step(1), k: () => step(-1), x: () => choose(false), u: undoLast,
  "/": () => document.getElementById("find")?.focus(),
};

export function startKeys({ openPalette }) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.defaultPrevented) return;
    const key = named(event), command = event.ctrlKey || event.metaKey;
    if (command && key === "k" && !event.shiftKey) { event.preventDefault(); openPalette(); return; }
    if (command && key === "z" && !event.shiftKey && !typing(event.target)) { event.preventDefault(); undoLast(); return; }
    if (command) return;
    if (key === "Escape") { if (!document.querySelector("dialog[open]") && back()) event.preventDefault(); return; }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (key === "Enter") { if (opened()) event.preventDefault(); return; }
    if (event.shiftKey && (event.key === "?" || event.key === "？" || key === "/")) { event.preventDefault(); openKeys(); return; }
    if (event.shiftKey && key === "x") { event.preventDefault(); choose(true); return; }
    if (event.shiftKey || !key || key.length > 1 && key !== "Space") return;
    const before = Date.now() - firstAt < WITHIN ? first : "";
    first = "";
    const pair = before && `${before} ${key}`, mine = keyed();
    if (pair && mine.has(pair)) { event.preventDefault(); press(mine.get(pair)); return; }
    if (pair && goes().has(pair)) { event.preventDefault(); location.assign(goes().get(pair)); return; }
    const begins = [...mine.keys(), ...goes().keys()].some((name) => name.startsWith(`${key} `));
    if (mine.has(key)) { event.preventDefault(); press(mine.get(key)); }
    else if (SINGLE[key]) { event.preventDefault(); SINGLE[key](); }
    if (begins) { first = key; firstAt = Date.now(); if (!mine.has(key)) event.preventDefault(); }
  });
}

export async function openKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  if (!dialog.dataset.ready) {
    const answer = await fetch(dialog.dataset.url, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const read = new DOMParser().parseFromString(await answer.text(), "text/html");
    dialog.replaceChildren(...read.body.childNodes);
    dialog.dataset.ready = "1";
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-close]")) dialog.close(); });
  }
  const mine = dialog.querySelector("[data-page-keys]");
  mine?.replaceChildren(...[...keyed()].map(([key, element]) =>
    make("div", {}, make("span", {}, labelOf(element)), make("kbd", { class: "kbd" }, key))));
  mine?.closest("section")?.toggleAttribute("hidden", !mine.children.length);
  if (!dialog.open) dialog.showModal();
}

export function labelOf(element) {
  return (element.dataset.keyLabel || element.getAttribute("aria-label") || element.title
    || element.labels?.[0]?.textContent || element.textContent || "").replace(/\s+/g, " ").trim();
}
