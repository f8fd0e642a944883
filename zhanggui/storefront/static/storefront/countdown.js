// A countdown runs by the server's clock: what the page said "now" was, against what this device thought then.
const HOUR = 3600, DAY = 86400;
for (const box of document.querySelectorAll("[data-until]")) {
  const offset = Number(box.dataset.now) - Date.now();
  const until = Number(box.dataset.until);
  const parts = [0, 1, 2, 3].map((part) => box.querySelector(`[data-part="${part}"]`));
  const show = () => {
    const left = Math.max(0, Math.floor((until - Date.now() - offset) / 1000));
    const values = [Math.floor(left / DAY), Math.floor((left % DAY) / HOUR), Math.floor((left % HOUR) / 60), left % 60];
    values.forEach((value, place) => { if (parts[place]) parts[place].textContent = String(value).padStart(2, "0"); });
    if (!left) clearInterval(running);
  };
  const running = setInterval(show, 1000);
}
