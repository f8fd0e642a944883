// While one looks at an auction the price, who leads and the bids are asked for again; what one types stays.
const EVERY = 4000;
const parts = ["standing", "bids", "least"];

async function ask() {
  if (document.hidden) return;
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of parts) {
    const here = document.getElementById(id);
    const there = page.getElementById(id);
    if (here && there && shown(here) !== shown(there)) here.replaceChildren(...there.childNodes);
  }
  const field = document.getElementById("amount");
  const fresh = page.getElementById("amount");
  if (field && fresh && field !== document.activeElement && field.value === field.defaultValue) field.value = field.defaultValue = fresh.defaultValue;
  if (!page.querySelector("#bid, .auction-form, a[href*='sign-in']")) location.reload(); // it is over
}

// The clock runs by itself; a page that differs in nothing else is left alone.
function shown(box) {
  const copy = box.cloneNode(true);
  for (const one of copy.querySelectorAll("[data-part]")) one.remove();
  return copy.textContent;
}

setInterval(() => ask().catch(() => {}), EVERY);
