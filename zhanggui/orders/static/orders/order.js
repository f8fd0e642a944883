// One order: a receiver in clear hides itself, copying it is told, a bell says that the page is old.
import "./timers.js";
import "./asking.js";

let hiding = 0;
function watchClear() {
  const box = document.querySelector("#receiver.o-clear");
  clearInterval(hiding);
  if (!box) return;
  let left = Number(box.dataset.seconds) || 60;
  const counter = box.querySelector("[data-count]");
  hiding = setInterval(() => {
    left -= 1;
    if (counter) counter.textContent = counter.textContent.replace(/\d+/, left);
    if (left > 0 && box.isConnected) return;
    clearInterval(hiding);
    if (box.isConnected) hide(box);
  }, 1000);
}
async function hide(box) {
  box.replaceChildren();
  const answer = await fetch(box.dataset.hideUrl, { credentials: "same-origin" }).catch(() => null);
  const fresh = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("receiver");
  if (!fresh) { location.reload(); return; }
  box.replaceWith(fresh);
  window.htmx?.process(fresh);
}
document.addEventListener("copy", () => {
  const box = document.querySelector("#receiver.o-clear");
  const chosen = getSelection();
  if (!box || !chosen?.rangeCount || !chosen.getRangeAt(0).intersectsNode(box)) return;
  fetch(box.dataset.copiedUrl, { method: "POST", credentials: "same-origin", keepalive: true, headers: { "X-CSRFToken": document.body.dataset.csrf } });
});
// A receiver in clear does not survive going back to the page or leaving it behind.
window.addEventListener("pagehide", () => document.querySelector("#receiver.o-clear")?.replaceChildren());

let mine = 0;
document.addEventListener("htmx:after:request", () => { mine = Date.now(); });
document.addEventListener("zg:rang", (event) => {
  const page = document.getElementById("order");
  if (!page || event.detail.about !== `order:${page.dataset.liveOrder}` || Date.now() - mine < 3000) return;
  if (document.querySelector(".o-changed")) return;
  const bar = document.createElement("p");
  bar.className = "notice o-changed";
  bar.setAttribute("role", "status");
  bar.append(page.dataset.changed, " ");
  const link = document.createElement("a");
  link.href = location.pathname;
  link.className = "btn btn-small";
  link.textContent = page.dataset.reload;
  bar.append(link);
  page.prepend(bar);
});
document.addEventListener("zg:bell", (event) => { if (event.target.id === "order" && !event.detail?.topic && Date.now() - mine < 15000) location.assign(location.pathname); });
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
document.addEventListener("htmx:after:settle", watchClear);
watchClear();
