// The sentences that scripts say, in the reader's language: the server writes them into <template id="words">.
const said = document.getElementById("words")?.dataset ?? {};

export function say(name, values = {}) {
  return (said[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function clock(at = new Date()) {
  return at.toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}

export function make(tag, attributes = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...inside.filter((part) => part != null && part !== false));
  return element;
}

export function send(url, values = {}, also = {}) {
  const body = values instanceof FormData ? new URLSearchParams(values) : new URLSearchParams(values);
  return fetch(url, {
    method: "POST", body, credentials: "same-origin", ...also,
    headers: { "X-CSRFToken": document.body.dataset.csrf, ...(also.headers ?? {}) },
  });
}
