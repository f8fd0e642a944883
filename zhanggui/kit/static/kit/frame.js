// The frame's behaviour: what each part does stands in its own module.
import { startDrafts } from "./drafts.js";
import { startForms } from "./forms.js";
import { showJobs, startJobs } from "./jobs.js";
import { openKeys, startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { openPalette, remember } from "./palette.js";
import "./toasts.js";
import { send } from "./words.js";

const root = document.documentElement;
const ACTS = {
  fold() {
    const folded = root.dataset.nav !== "folded";
    if (folded) root.dataset.nav = "folded"; else delete root.dataset.nav;
    document.cookie = `zg-nav=${folded ? "folded" : ""}; path=/; max-age=31536000; samesite=lax`;
    document.querySelector("[data-act=fold]")?.setAttribute("aria-pressed", String(folded));
  },
  nav(event) {
    event?.preventDefault();
    root.classList.add("nav-open");
    document.querySelector(".nav-close")?.focus();
  },
  keys: () => openKeys(),
  palette: () => openPalette(),
  jobs: () => showJobs(true),
  theme: (event, value) => look("theme", value),
  density: (event, value) => look("density", value),
};

async function look(name, value) {
  root.dataset[name] = value;
  for (const button of document.querySelectorAll(`[data-looks] [name=${name}]`)) button.setAttribute("aria-pressed", String(button.value === value));
  await send(document.querySelector("[data-looks]").action, { [name]: value }, { headers: { "X-Quiet": "1" } });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button && button.dataset.act !== "jobs") ACTS[button.dataset.act]?.(event);
  if (event.target.closest(".nav-close, .nav-shade, .nav-link[href]")) {
    if (root.classList.contains("nav-open")) event.target.closest(".nav-link[href]") || event.preventDefault();
    root.classList.remove("nav-open");
  }
  for (const menu of document.querySelectorAll("details[data-menu][open], details.menu[open]"))
    if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("zg:act", (event) => ACTS[event.detail.act]?.(null, event.detail.value));
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-looks]")) return;
  const { name, value } = event.submitter ?? {};
  if (name === "theme" || name === "density") { event.preventDefault(); event.stopImmediatePropagation(); look(name, value); }
}, true);
document.addEventListener("keydown", (event) => {
  if (event.code === "Escape" && root.classList.contains("nav-open")) { root.classList.remove("nav-open"); document.querySelector(".bar-menu")?.focus(); }
});

startForms();
startKeys({ openPalette });
startDrafts();
startJobs();
startLive();
remember();
root.dataset.ready = "1";
