// Deadlines count down on the page: <span data-due="ISO">还有 2 天 03:12</span>. Words come from the server; only numbers move.
function left(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000), days = Math.floor(minutes / 1440);
  const clock = `${String(Math.floor(minutes % 1440 / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return { days, clock };
}
const began = performance.now(), start = Date.now();
function tick() {
  const now = start + (performance.now() - began);
  for (const element of document.querySelectorAll("[data-due]")) {
    const due = Date.parse(element.dataset.due);
    if (!due) continue;
    const { days, clock } = left(due - now), text = element.textContent;
    // a change of words (a day fewer than one, or too late) waits for the next answer of the server
    const next = text.replace(/\d+(?=\D*\d\d:\d\d$)/, (found) => days || found).replace(/\d\d:\d\d$/, clock);
    if (next !== text && (due > now) === !element.classList.contains("bad")) element.textContent = next;
  }
}
setInterval(tick, 20000);
