// The drawer of long work: one's own jobs with their progress. It comes from the server as it is, so it survives a
// reload; a bell of a job fetches it again.
const drawer = document.getElementById("jobs");
const button = document.querySelector("[data-act=jobs]");
const OPEN = "zg-jobs";
let timer = 0;

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
  clearTimeout(timer);
  if (alive && !drawer.hidden) timer = setTimeout(drawJobs, 5000);
}

export function showJobs(on) {
  if (!drawer) return;
  drawer.hidden = !on;
  button?.setAttribute("aria-expanded", String(on));
  try { sessionStorage.setItem(OPEN, on ? "1" : ""); } catch { /* forbidden */ }
  if (on) drawJobs();
}

export function startJobs() {
  if (!drawer) return;
  button?.addEventListener("click", () => showJobs(drawer.hidden));
  drawer.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) { showJobs(false); button?.focus(); } });
  drawer.addEventListener("htmx:after:settle", () => window.htmx?.process(drawer));
  document.addEventListener("zg:rang", (event) => {
    const about = event.detail.about;
    if (about.startsWith("job:")) { clearTimeout(timer); timer = setTimeout(drawJobs, 200); }
  });
  document.addEventListener("zg:jobs", () => showJobs(true));
  let open = false;
  try { open = sessionStorage.getItem(OPEN) === "1"; } catch { /* forbidden */ }
  if (open) showJobs(true);
  else if (document.body.dataset.jobsAlive) drawJobs();
}
