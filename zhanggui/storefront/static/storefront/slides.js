// The carousel scrolls by itself, by touch and by keys without a script; this adds a slow change that stops when one
// touches, hovers, focuses or prefers less motion.
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
for (const box of document.querySelectorAll("[data-slides]")) {
  const row = box.querySelector(".slides-row");
  if (calm || row.children.length < 2) continue;
  let held = false;
  for (const [name, value] of [["pointerenter", true], ["pointerleave", false], ["focusin", true], ["focusout", false]]) box.addEventListener(name, () => { held = value; });
  row.addEventListener("touchstart", () => { held = true; }, { passive: true });
  setInterval(() => {
    if (held || document.hidden) return;
    const next = Math.round(row.scrollLeft / row.clientWidth) + 1;
    row.scrollTo({ left: next >= row.children.length ? 0 : next * row.clientWidth, behavior: "smooth" });
  }, 6000);
}
