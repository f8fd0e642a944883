// Live bells: "something about X changed, GET it again". Read with fetch, because the heartbeats are comments,
// which EventSource hides. What is missed while the line is down comes with Last-Event-ID; meanwhile we poll.
//
// <div data-live="shop:3 job:12" data-live-get="/orders/…/card/">   fetched again and replaced when it rings
// <div data-live="shop:3" hx-get="…" hx-trigger="load, zg:bell">    or anything that listens to zg:bell
// <table data-live="shop:3" data-live-strip>                       rows keep; a strip says how many changed
import { clock, make, say } from "./words.js";

const LATE = 5500, AWAY = 15000, POLL = 5000, STALE = 60000, MOST = 20;
const sign = document.getElementById("live");
let heard = 0, lastId = "", state = "off", missed = 0, fillingSince = 0, topics = "", abort = null, polled = 0, began = Date.now(), everHeard = false;
const changed = new Set();

function wanted() {
  const found = new Set(sign?.dataset.topics?.split(" ").filter(Boolean));
  for (const element of document.querySelectorAll("[data-live]"))
    for (const topic of element.dataset.live.split(/[\s,]+/)) if (/^\w+:\d+$/.test(topic)) found.add(topic);
  return [...found].slice(0, MOST).join(",");
}

function show(next, values = {}) {
  const before = state;
  state = next;
  if (!sign) return;
  const text = say(next, values);
  sign.dataset.state = next;
  const words = sign.querySelector(".live-text");
  if (words.textContent !== text) words.textContent = text;
  words.classList.toggle("always", next === "away" || next === "again");
  if (before !== next) document.dispatchEvent(new CustomEvent("zg:line", { detail: { state: next } }));
}

export function lineState() { return state; }

const due = new Map();
function ring(topic, about) {
  for (const element of document.querySelectorAll("[data-live]")) {
    if (topic && !element.dataset.live.split(/[\s,]+/).includes(topic)) continue;
    if (element.hasAttribute("data-live-strip") && topic) {
      // a page that has the change already (it made it) says so
      if (element.dispatchEvent(new CustomEvent("zg:strip", { bubbles: true, cancelable: true, detail: { topic, about } }))) strip(element, about);
      continue;
    }
    if (due.has(element)) continue;
    due.set(element, setTimeout(() => { due.delete(element); refresh(element, topic, about); }, 250));
  }
  document.dispatchEvent(new CustomEvent("zg:rang", { detail: { topic, about } }));
}

function refresh(element, topic, about) {
  if (!element.isConnected) return;
  element.dispatchEvent(new CustomEvent("zg:bell", { detail: { topic, about } }));
  const url = element.dataset.liveGet;
  if (url && !element.contains(document.activeElement?.closest("input, textarea, select, [contenteditable]")))
    window.htmx?.ajax("GET", url, { target: element, swap: "outerHTML" });
}

function strip(element, about) {
  changed.add(about || String(changed.size));
  let bar = document.getElementById("changed-strip");
  if (!bar) {
    bar = make("div", { id: "changed-strip", class: "changed-strip", role: "status" },
      make("button", { type: "button", class: "btn btn-primary btn-small", onclick: () => {
        changed.clear(); bar.remove();
        if (element.dataset.liveGet) window.htmx?.ajax("GET", element.dataset.liveGet, { target: element, swap: "outerHTML" });
        else location.reload();
      } }));
    (element.closest(".panel") ?? element).before(bar);
  }
  bar.firstElementChild.textContent = say("updates", { n: changed.size });
}

function hear(block) {
  let data = "", kind = "message";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) lastId = line.slice(4);
    else if (line.startsWith("data: ")) data += line.slice(6);
    else if (line.startsWith("event: ")) kind = line.slice(7);
  }
  if (kind === "reload") { ring("", ""); return; }
  if (!data) return;
  const { topic, about } = JSON.parse(data);
  if (state === "filling") missed += 1;
  ring(topic, about);
}

async function listen() {
  for (let pause = 500; ; pause = Math.min(pause * 1.6, 5000)) {
    topics = wanted();
    if (!topics || document.visibilityState === "hidden" && state === "away") { await sleep(POLL); continue; }
    abort = new AbortController();
    try {
      const answer = await fetch(`${sign.dataset.url}?topics=${encodeURIComponent(topics)}`, {
        signal: abort.signal, credentials: "same-origin", cache: "no-store",
        headers: { Accept: "text/event-stream", ...(lastId ? { "Last-Event-ID": lastId } : {}) },
      });
      if (answer.status === 401) { show("away"); await sleep(30000); continue; }
      if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/event-stream")) throw new Error(answer.status);
      const again = everHeard;
      everHeard = true;
      heard = Date.now(); pause = 500;
      if (again) { missed = 0; fillingSince = heard; show("filling"); ring("", ""); } else show("live");
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        heard = Date.now();
        if (state === "again" || state === "away") show("live");
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        for (const block of blocks) hear(block);
      }
    } catch { /* the line is down: the watch below says so */ }
    await sleep(pause);
  }
}

function watch() {
  const silent = Date.now() - (heard || began);
  if (state === "filling" && Date.now() - fillingSince > 1000) show("filled", { n: missed });
  else if (state === "filled" && Date.now() - fillingSince > 5000) show("live");
  if (topics && silent > AWAY) {
    if (state !== "away") show("away");
    if (Date.now() - polled > POLL) { polled = Date.now(); if (document.visibilityState === "visible") ring("", ""); }
    if (silent > AWAY + 3000 && abort) { abort.abort(); abort = null; }
  } else if (topics && silent > LATE) show("again", { time: clock(new Date(heard || began)) });
  hold(everHeard && silent > STALE);
}

// After a minute without the line, acts on money, goods and prices wait: their button says why (data-needs-line).
function hold(stale) {
  for (const button of document.querySelectorAll("[data-needs-line]")) {
    if (stale && !button.disabled) { button.disabled = true; button.dataset.held = button.title || "-"; button.title = say("stale"); }
    else if (!stale && button.dataset.held) { button.disabled = false; button.title = button.dataset.held === "-" ? "" : button.dataset.held; delete button.dataset.held; }
  }
  for (const number of document.querySelectorAll("[data-live-number]")) number.classList.toggle("stale", stale);
}

const sleep = (many) => new Promise((go) => setTimeout(go, many));

export function startLive() {
  if (!sign) return;
  listen();
  setInterval(watch, 500);
  document.addEventListener("htmx:after:settle", () => { if (wanted() !== topics && abort) { abort.abort(); } });
  window.addEventListener("online", () => abort?.abort());
}
