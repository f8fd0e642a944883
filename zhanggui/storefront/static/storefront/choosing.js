// Choosing a SKU without waiting: the page holds the whole matrix. Every value stays a link, so it works without this.
const page = document.querySelector("[data-matrix]");
const skus = JSON.parse(page?.dataset.matrix ?? "[]");
const groups = [...document.querySelectorAll("[data-option]")];
const buy = document.querySelector("[data-buy]");
let chosen = skus.find((sku) => String(sku.id) === buy?.elements.sku?.value);

function reached(place, value) {
  const wanted = chosen.values.map((one, at) => (at === place ? value : one));
  const exact = skus.find((sku) => sku.values.every((one, at) => one === wanted[at]));
  return { exact, sku: exact ?? skus.find((sku) => sku.values[place] === value) };
}

function show() {
  groups.forEach((group, place) => {
    for (const link of group.querySelectorAll("a[data-value]")) {
      const { exact, sku } = reached(place, link.dataset.value);
      const out = !exact || exact.out;
      if (sku) link.href = `?sku=${sku.id}`;
      link.classList.toggle("option-out", out);
      const note = link.querySelector(".option-note");
      if (note) note.hidden = !out;
      if (chosen.values[place] === link.dataset.value) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  });
  for (const ladder of document.querySelectorAll("[data-ladder]")) ladder.hidden = Number(ladder.dataset.ladder) !== chosen.ladder;
  for (const mark of document.querySelectorAll("[data-mark=out]")) mark.hidden = !chosen.out;
  for (const mark of document.querySelectorAll("[data-mark=low]")) mark.hidden = true;
  for (const input of document.querySelectorAll("input[name=sku]")) input.value = chosen.id;
  for (const button of buy.querySelectorAll("button")) button.disabled = chosen.out;
  const picture = chosen.picture && document.querySelector(`.gallery-row img[src$="/${chosen.picture}"]`);
  if (picture) { const row = picture.closest(".gallery-row"); row.scrollTo({ left: picture.closest("li").offsetLeft - row.offsetLeft, behavior: "smooth" }); }
}

let asked = 0;
async function ask(address) {
  // What depends on the shop's books (marks, postage, alternatives) comes from the server a moment later.
  const mine = ++asked;
  const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of [".sending", ".product-facts"]) {
    const now = fresh.querySelector(part);
    if (now) document.querySelector(part)?.replaceWith(now);
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-value]");
  if (!link || !chosen || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const place = groups.indexOf(link.closest("[data-option]"));
  const { sku } = reached(place, link.dataset.value);
  if (!sku) return;
  event.preventDefault();
  chosen = sku;
  document.querySelector(".gone")?.remove();
  show();
  const address = new URL(link.href, location.href);
  history.replaceState(null, "", address.search);
  ask(address.pathname + address.search);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-sending]");
  if (!form) return;
  if (event.target.name === "region") form.elements.city?.remove();
  form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const thumb = event.target.closest(".thumbs a");
  if (!thumb) return;
  event.preventDefault();
  const shown = document.querySelector(thumb.getAttribute("href"));
  shown?.parentElement.scrollTo({ left: shown.offsetLeft - shown.parentElement.offsetLeft, behavior: "smooth" });
});
