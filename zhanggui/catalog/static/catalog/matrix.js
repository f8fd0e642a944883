// The matrix: a batch fill that is no number is refused beside its field, before the page is sent and any cell touched.
const box = document.getElementById("fill");
const readable = (input, text) =>
  input.inputMode === "numeric" ? /^\d+$/.test(text) : /^[¥￥]?\d[\d,，]*(\.\d{1,2})?$/.test(text);

function look(input) {
  const error = document.getElementById(`${input.id}-error`);
  const text = input.value.trim();
  const wrong = text !== "" && !readable(input, text);
  error.hidden = !wrong;
  error.textContent = wrong ? (input.inputMode === "numeric" ? box.dataset.whole : box.dataset.number) : "";
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  return wrong;
}

box?.addEventListener("click", (event) => {
  if (!event.target.closest("button[name=fill]")) return;
  const wrong = [...box.querySelectorAll("input[id]")].filter(look);
  if (!wrong.length) return;
  event.preventDefault();
  wrong[0].focus();
});
box?.addEventListener("change", (event) => event.target.id && look(event.target));
