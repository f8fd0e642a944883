// What cannot be taken back asks first, and says what it is about: the parcel that leaves, the new total.
// On window, so that the question stands before the frame's own listener asks it (kit/forms.js, data-ask).
function parcel(form) {
  const { carrier, waybill } = form.elements;
  if (!waybill.value.trim()) return;
  form.dataset.ask = form.dataset.askParcel
    .replace("{carrier}", () => carrier.selectedOptions[0]?.textContent.trim() ?? "")
    .replace("{waybill}", () => waybill.value.trim());
}
function fen(input) {
  const text = input.value.normalize("NFKC").replace(/[\s,¥]|元$/g, "");
  return text === "" ? Number(input.dataset.fen) : Math.round(Number(text) * 100);
}
function price(form) {
  const before = Number(form.dataset.price);
  const after = [...form.querySelectorAll("[data-fen]")].reduce((sum, input) => sum + fen(input), 0);
  delete form.dataset.ask;
  if (after !== before && (after === 0 || Math.abs(after - before) * 5 > before)) {
    form.dataset.ask = form.dataset.askPrice.replace("{before}", (before / 100).toFixed(2)).replace("{after}", (after / 100).toFixed(2));
  }
}
window.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.askParcel) parcel(form);
  if (form.dataset.askPrice) price(form);
}, true);
