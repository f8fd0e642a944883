// The editor of an offer: what is typed is said as a rule a moment later; what the picker found goes into its box.
const form = document.getElementById("offer-form"), words = document.getElementById("rule-words");
let timer = 0;
if (form && words) {
  const later = () => { clearTimeout(timer); timer = setTimeout(() => words.dispatchEvent(new CustomEvent("zg:typed")), 450); };
  form.addEventListener("input", later);
  form.addEventListener("change", later);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-box][data-code]");
  if (!button || !form) return;
  const { box, code, price } = button.dataset;
  // A box of lines takes the code with its price; the last one that had the focus wins, else the scope's own box.
  const lines = form.elements.namedItem("parts") ?? form.elements.namedItem("prices");
  const plain = form.elements.namedItem(`scope_${box}`);
  const target = box === "skus" && lines && (!plain || lines === last || !last) ? lines : plain ?? lines;
  if (!target) return;
  const line = target === lines ? (target.name === "parts" ? `${code} 1` : `${code} ${(Number(price ?? 0) / 100).toFixed(2)}`) : code;
  const have = target.value.split(/\n/).map((text) => text.trim()).filter(Boolean);
  if (!have.some((text) => text === code || text.startsWith(`${code} `))) target.value = [...have, line].join("\n");
  target.dispatchEvent(new Event("input", { bubbles: true }));
  button.textContent = "✓";
  button.disabled = true;
});
let last = null;
form?.addEventListener("focusin", (event) => { if (event.target.matches("textarea")) last = event.target; });
