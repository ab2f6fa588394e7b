// The console's own behaviour, where htmx has none: dialogs, keys, and messages beside fields.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const openDialog = () => document.querySelector("dialog[open]");
  const isTyping = (target) => target.matches("input, textarea, select");

  const show = (dialog) => {
    dialog.showModal();
    const first = dialog.querySelector("input:not([type=hidden]), select, textarea, button");
    if (first) first.focus();
  };

  // Where a message goes: into the dialog that is open, since what lies below can't be reached.
  const placeOfMessage = () => {
    const dialog = openDialog();
    if (!dialog) return byId("message");
    let place = dialog.querySelector(".message");
    if (!place) {
      place = document.createElement("div");
      place.className = "message";
      place.setAttribute("role", "alert");
      dialog.prepend(place);
    }
    return place;
  };

  const clearFaults = () => {
    placeOfMessage().replaceChildren();
    for (const field of document.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  };

  const markFault = (place) => {
    const message = place.querySelector("[data-param]");
    const field = message && document.querySelector(`[name="${CSS.escape(message.dataset.param)}"]`);
    if (!field) return;
    field.setAttribute("aria-invalid", "true");
    field.focus();
  };

  document.addEventListener("htmx:beforeRequest", clearFaults);

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status >= 400) event.detail.target = placeOfMessage();
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "dialog") show(target);
    else if (target.matches("#message, .message")) markFault(target);
    else if (target.id === "main") byId("dialog").close();
  });

  document.addEventListener("htmx:sendError", () => {
    placeOfMessage().textContent = "连接不上服务器，请检查网络后重试。";
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  });

  // Keys: "/" searches, "g" and a letter go to a page, "?" lists them. None of them changes anything.
  let awaitsPage = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || openDialog()) return;
    if (awaitsPage) {
      awaitsPage = false;
      const link = document.querySelector(`nav [data-key="${CSS.escape(event.key)}"]`);
      if (link) link.click();
    } else if (event.key === "g") {
      awaitsPage = true;
    } else if (event.key === "/") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.key === "?" && byId("keys")) {
      byId("keys").showModal();
    }
  });
})();
