// The list of goods: choose all rows of the page, say how many are chosen.
const form = document.getElementById("goods-bulk");
const said = form?.querySelector("[data-chosen]");
const all = form?.querySelector("[data-all-rows]");
const boxes = () => [...form.querySelectorAll("input[name=ids]")];

function tell() {
  if (!said) return;
  const many = boxes().filter((box) => box.checked).length;
  said.textContent = many ? said.dataset.some.replace("{n}", many) : said.dataset.none;
}

form?.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes()) box.checked = all.checked;
  tell();
});
for (const box of document.querySelectorAll("form[role=search] select")) {
  if (box.closest("form").action.includes("/goods/")) box.addEventListener("change", () => box.form.requestSubmit());
}
