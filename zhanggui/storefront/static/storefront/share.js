// Sharing: the phone's own sheet where there is one, else the address is copied. Without this file it is a plain link.
for (const link of document.querySelectorAll("[data-share]")) {
  link.addEventListener("click", async (event) => {
    const ways = navigator.share ? "share" : navigator.clipboard ? "copy" : "";
    if (!ways) return;
    event.preventDefault();
    try {
      if (ways === "share") { await navigator.share({ title: document.title, url: link.href }); return; }
      await navigator.clipboard.writeText(link.href);
      const word = link.querySelector("span");
      const before = word.textContent;
      word.textContent = link.dataset.done;
      setTimeout(() => { word.textContent = before; }, 2500);
    } catch (trouble) { if (trouble.name !== "AbortError") location.assign(link.href); }
  });
}
