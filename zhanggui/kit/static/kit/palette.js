// Ctrl+K: every page and every act of this page with its key, found by words, pinyin or initials; recent things;
// what else one types is searched on the server (the tail of an order's number, a waybill, a nick).
import { keyed, labelOf } from "./keys.js";
import { make } from "./words.js";

const dialog = document.getElementById("palette");
let items = null, shown = [], at = 0, asked = 0, found = [], before = null;
const KEEP = 8;
const store = () => `zg-recent-${document.body.dataset.staff}`;

export function remember() {
  const mark = document.querySelector("[data-recent]");
  if (!mark) return;
  const all = recent().filter((one) => one.url !== location.pathname);
  try { localStorage.setItem(store(), JSON.stringify([{ label: mark.dataset.recent, url: location.pathname }, ...all].slice(0, KEEP))); } catch { /* full or forbidden */ }
}
function recent() {
  try { return JSON.parse(localStorage.getItem(store())) ?? []; } catch { return []; }
}

export async function openPalette() {
  if (!dialog || dialog.open) return;
  before = document.activeElement;
  build();
  dialog.showModal();
  input().focus();
  if (!items) {
    items = [];
    const answer = await fetch(dialog.dataset.url, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) items = (await answer.json()).items;
  }
  draw();
}

const input = () => dialog.querySelector("input");

function build() {
  if (dialog.firstChild) { input().value = ""; found = []; at = 0; pageActs = actsOfPage(); return; }
  pageActs = actsOfPage();
  const words = dialog.dataset;
  dialog.append(
    make("div", { class: "palette-find" }, make("input", {
      type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "true", "aria-controls": "palette-list",
      "aria-label": words.find, placeholder: words.find, oninput: typed, onkeydown: moved })),
    make("div", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": words.find }),
    make("div", { class: "palette-foot" }, make("span", {}, words.hint)),
  );
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => before?.isConnected && before.focus());
}

let pageActs = [];
function actsOfPage() {
  return [...keyed()].map(([keys, element]) => ({ label: labelOf(element), keys, element, kind: "act" })).filter((one) => one.label);
}

function typed(event) {
  at = 0;
  draw();
  const text = input().value.trim();
  if (event.isComposing || text.length < 2) { found = []; return; }
  const mine = ++asked;
  setTimeout(async () => {
    if (mine !== asked) return;
    const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(text)}`, { credentials: "same-origin", headers: { Accept: "application/json" } }).catch(() => null);
    if (mine !== asked || !answer?.ok) return;
    found = (await answer.json()).found;
    draw();
  }, 150);
}

// How well a thing fits what was typed: 0 not at all. Initials ("fh" finds 发货), pinyin, words in both languages.
export function score(item, text) {
  if (!text) return 1;
  const wanted = text.toLowerCase().replace(/\s+/g, " "), tight = wanted.replaceAll(" ", "");
  const label = item.label.toLowerCase();
  if (label === wanted) return 100;
  if (label.startsWith(wanted)) return 90;
  if (item.initials === tight) return 85;
  if (label.includes(wanted)) return 80;
  if (item.initials?.startsWith(tight)) return 70;
  if (item.pinyin?.startsWith(tight)) return 65;
  if (item.words?.toLowerCase().includes(wanted)) return 60;
  if (item.initials?.includes(tight)) return 50;
  if (tight.length > 2 && item.pinyin?.includes(tight)) return 40;
  return 0;
}

function draw() {
  const text = input().value.trim();
  const best = (list) => list.map((one) => ({ one, how: score(one, text) })).filter((pair) => pair.how)
    .sort((a, b) => b.how - a.how).map((pair) => pair.one);
  const words = dialog.dataset, groups = [];
  const search = text && words.search ? [{ label: `${words.searchLabel} “${text}”`, url: `${words.search}?q=${encodeURIComponent(text)}`, kind: "search" }] : [];
  if (/^\d{4,}$/.test(text)) groups.push(["", search]);
  groups.push([words.foundLabel, found.map((one) => ({ ...one, kind: "found" }))]);
  if (!text) groups.push([words.recentLabel, recent().map((one) => ({ ...one, kind: "recent" }))]);
  const known = new Map((items ?? []).map((one) => [one.keys, one]));
  groups.push([words.actsLabel, best(pageActs.map((one) => ({ ...(known.get(one.keys) ?? {}), ...one }))).slice(0, 12)]);
  groups.push([words.pagesLabel, best((items ?? []).filter((one) => one.url || one.act)).slice(0, text ? 20 : 40)]);
  if (!/^\d{4,}$/.test(text)) groups.push(["", search]);
  shown = [];
  const list = document.getElementById("palette-list");
  list.replaceChildren();
  for (const [label, members] of groups) {
    if (!members.length) continue;
    if (label) list.append(make("div", { class: "label", role: "presentation" }, label));
    for (const one of members) {
      const number = shown.push(one) - 1;
      list.append(make("div", { role: "option", id: `palette-${number}`, "aria-selected": "false", onclick: () => run(one), onpointermove: () => select(number) },
        make("span", {}, one.label), one.detail && make("span", { class: "muted small" }, one.detail),
        make("span", { class: "where" }, one.where ?? "", one.keys ? make("kbd", { class: "kbd" }, one.keys) : "")));
    }
  }
  if (!shown.length) list.append(make("div", { class: "label", role: "option", "aria-disabled": "true", "aria-selected": "false" }, words.nothing));
  select(Math.min(at, shown.length - 1));
}

function select(number) {
  at = Math.max(0, number);
  for (const option of dialog.querySelectorAll("[role=option]")) option.setAttribute("aria-selected", String(option.id === `palette-${at}`));
  const option = document.getElementById(`palette-${at}`);
  if (option) input().setAttribute("aria-activedescendant", option.id); else input().removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function moved(event) {
  if (event.isComposing || event.keyCode === 229) return;
  if (event.code === "ArrowDown" || event.code === "ArrowUp") {
    event.preventDefault();
    if (shown.length) select((at + (event.code === "ArrowDown" ? 1 : shown.length - 1)) % shown.length);
  } else if (event.code === "Enter" || event.code === "NumpadEnter") {
    event.preventDefault();
    if (shown[at]) run(shown[at]);
  }
}

function run(one) {
  dialog.close();
  if (one.element) { if (one.element.matches("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select")) one.element.focus(); else one.element.click(); }
  else if (one.act) document.dispatchEvent(new CustomEvent("zg:act", { detail: { act: one.act, value: one.value } }));
  else if (one.url) location.assign(one.url);
}
