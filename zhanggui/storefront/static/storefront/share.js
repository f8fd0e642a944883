// Sharing: the phone's own sheet where there is one, else the page with the link and its QR code, as without this file.
for (const link of document.querySelectorAll("[data-share]")) {
  link.addEventListener("click", async (event) => {
    if (!navigator.share) return;
    event.preventDefault();
    try {
      await navigator.share({ title: document.title, url: new URL(link.dataset.link, location.href).href });
    } catch (trouble) { if (trouble.name !== "AbortError") location.assign(link.href); }
  });
}
