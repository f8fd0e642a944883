// Beside every box of regions a button opens the list of provinces and cities; what is ticked is written into the box.
const words = document.documentElement.lang.startsWith("zh") ? { pick: "挑选地区", done: "确定", cancel: "取消" } : { pick: "Pick regions", done: "Done", cancel: "Cancel" };

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function open(box, url) {
  const answer = await fetch(`${url}?chosen=${encodeURIComponent(box.value)}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok) return;
  const body = make("div", { class: "dialog-body" });
  body.innerHTML = await answer.text();
  const boxes = [...body.querySelectorAll("input[type=checkbox]")];
  for (const ticked of boxes) if (ticked.checked) { const fold = ticked.closest("details"); if (fold) fold.open = true; }
  const dialog = make("dialog", { class: "picker-dialog wide", "aria-label": words.pick }, make("div", { class: "dialog-head" }, make("h2", {}, words.pick)), body);
  body.addEventListener("click", (event) => {
    const group = event.target.closest("[data-group]");
    if (!group) return;
    const codes = new Set(group.dataset.group.split(" ")), members = boxes.filter((one) => codes.has(one.dataset.code));
    const on = !members.every((one) => one.checked);
    for (const one of members) { one.checked = on; const fold = one.closest("details"); if (fold && on) fold.open = true; }
  });
  const done = make("button", { type: "button", class: "btn btn-primary" }, words.done);
  done.addEventListener("click", () => {
    const ticked = boxes.filter((one) => one.checked).map((one) => one.value);
    // Districts and words of one's own are not in the list: they stay as they were typed.
    const own = (body.querySelector("[data-own]")?.dataset.own ?? "").split("、").filter(Boolean);
    box.value = [...new Set([...ticked, ...own])].join("、");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    dialog.close();
  });
  const cancel = make("button", { type: "button", class: "btn" }, words.cancel);
  cancel.addEventListener("click", () => dialog.close());
  dialog.append(make("div", { class: "dialog-foot" }, cancel, done));
  dialog.addEventListener("close", () => { dialog.remove(); box.focus(); });
  document.body.append(dialog);
  dialog.showModal();
}

function dress(root) {
  for (const box of root.querySelectorAll("textarea[data-regions]:not([data-dressed])")) {
    const url = box.dataset.picker ?? box.closest("[data-picker]")?.dataset.picker;
    if (!url) continue;
    box.dataset.dressed = "1";
    const button = make("button", { type: "button", class: "btn btn-small" }, words.pick);
    button.addEventListener("click", () => open(box, url));
    box.after(button);
  }
}
dress(document);
document.addEventListener("htmx:after:swap", () => dress(document));
