// Dragging a block of a look to another place: the same form as the arrows, sent as often as it takes.
const list = document.querySelector("[data-blocks]");
let held = null;

function place(row) {
  return [...list.children].indexOf(row);
}

async function carry(row, steps) {
  const form = row.querySelector("form[action$='/place/']");
  const values = new FormData(form);
  let version = Number(values.get("version"));
  for (let step = 0; step < Math.abs(steps); step += 1) {
    const body = new URLSearchParams({ ...Object.fromEntries(values), version, to: steps < 0 ? "up" : "down" });
    const answer = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok) break;
    version += 1;
  }
  location.hash = row.id;
  location.reload();
}

for (const row of list?.querySelectorAll("[data-block]") ?? []) {
  const head = row.querySelector(".panel-head");
  head.draggable = true;
  head.addEventListener("dragstart", (event) => { held = row; row.dataset.held = ""; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", row.id); });
  head.addEventListener("dragend", () => { delete row.dataset.held; held = null; });
  row.addEventListener("dragover", (event) => { if (held && held !== row) { event.preventDefault(); row.classList.add("over"); } });
  row.addEventListener("dragleave", () => row.classList.remove("over"));
  row.addEventListener("drop", (event) => {
    event.preventDefault();
    row.classList.remove("over");
    if (held && held !== row) carry(held, place(row) - place(held));
  });
}
