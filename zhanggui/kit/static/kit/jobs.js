// The drawer of long work: one's own jobs with their progress. It comes from the server as it is; a bell of a job
// fetches it again. It opens by itself for work in the background, on this page only, and never on a small screen or
// after the person closed it: then the button's number tells of the work. A job begun here offers its undo when done.
import { toast } from "./toasts.js";

const drawer = document.getElementById("jobs");
const button = document.querySelector("[data-act=jobs]");
const OPEN = "zg-jobs", BEGUN = "zg-jobs-begun", ALIVE = "zg-jobs-alive", DONE = ["done", "failed", "cancelled"];
const small = window.matchMedia("(max-width: 599px)");
let timer = 0;

function kept(name, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(name) ?? "";
    sessionStorage.setItem(name, value);
  } catch { /* forbidden */ }
  return "";
}

function tellEnds() {
  const begun = kept(BEGUN).split(" ").filter(Boolean), left = [];
  for (const id of begun) {
    const job = drawer.querySelector(`#job-${id}`);
    if (job && DONE.includes(job.dataset.state)) toast(job.dataset.said, { undo: job.dataset.undo ?? "", bad: job.dataset.state === "failed" });
    else if (job) left.push(id);
  }
  if (left.length !== begun.length) kept(BEGUN, left.join(" "));
}

export async function drawJobs() {
  if (!drawer?.dataset.url) return;
  const answer = await fetch(drawer.dataset.url, { credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const read = new DOMParser().parseFromString(await answer.text(), "text/html");
  const focused = drawer.contains(document.activeElement) ? document.activeElement.getAttribute("data-focus") : null;
  drawer.replaceChildren(...read.body.childNodes);
  window.htmx?.process(drawer);
  if (focused) drawer.querySelector(`[data-focus="${focused}"]`)?.focus();
  const alive = Number(drawer.querySelector("[data-alive]")?.dataset.alive ?? 0);
  const count = document.getElementById("jobs-count");
  count.textContent = alive; count.hidden = !alive;
  kept(ALIVE, alive ? "1" : "");
  tellEnds();
  clearTimeout(timer);
  if (alive && (!drawer.hidden || kept(BEGUN))) timer = setTimeout(drawJobs, 5000);
}

export function showJobs(on) {
  if (!drawer) return;
  drawer.hidden = !on;
  button?.setAttribute("aria-expanded", String(on));
  if (on) drawJobs();
}

function openBy(on) {
  showJobs(on);
  kept(OPEN, on ? "1" : "0");
}

function begin(id) {
  if (id) kept(BEGUN, `${kept(BEGUN)} ${id}`.trim());
  if (small.matches || kept(OPEN) === "0") drawJobs();
  else showJobs(true);
}

export function startJobs() {
  if (!drawer) return;
  button?.addEventListener("click", () => openBy(drawer.hidden));
  drawer.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) { openBy(false); button?.focus(); } });
  drawer.addEventListener("htmx:after:settle", () => window.htmx?.process(drawer));
  document.addEventListener("zg:rang", (event) => {
    const about = event.detail.about;
    if (about.startsWith("job:")) { clearTimeout(timer); timer = setTimeout(drawJobs, 200); }
  });
  document.addEventListener("zg:jobs", (event) => begin(event.detail?.job));
  if (kept(OPEN) === "1" && !small.matches) showJobs(true);
  else if (kept(ALIVE) || kept(BEGUN)) drawJobs();
}
