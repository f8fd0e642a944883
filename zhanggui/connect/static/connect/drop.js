// Files dropped anywhere on the form go into its file field; what is too large is said before it is sent.
const form = document.querySelector("form[data-drop]");
if (form) {
  const field = form.querySelector("input[type=file]");
  const chosen = form.querySelector("[data-chosen]");
  const tooLarge = form.querySelector("[data-too-large]");
  const send = form.querySelector("button[type=submit]");
  const most = Number(form.dataset.mostMb) * 1024 * 1024;
  const show = () => {
    const files = [...field.files];
    chosen.replaceChildren(...files.map((file) => {
      const line = document.createElement("li");
      line.textContent = `${file.name} · ${(file.size / 1048576).toFixed(2)} MB`;
      return line;
    }));
    const over = files.reduce((sum, file) => sum + file.size, 0) > most;
    tooLarge.hidden = !over;
    send.disabled = over;
  };
  field.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("dropping");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.remove("dropping");
    });
  }
  form.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      show();
    }
  });
}
