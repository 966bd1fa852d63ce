"use strict";
// The basket panel: opens a fragment of HTML over the page instead of leaving it. Without this script the same
// link and form work as ordinary pages.
(() => {
  const link = document.querySelector("[data-basket]");
  const panel = document.getElementById("basket-panel");
  const remember = "kervalen_panel";

  const show = async () => {
    const answer = await fetch(link.dataset.basket, { headers: { "x-requested-with": "fetch" } });
    if (!answer.ok) throw new Error(`${link.dataset.basket} answered ${answer.status}`);
    panel.innerHTML = await answer.text();
    const see = document.createElement("a");
    see.className = "button";
    see.href = link.href;
    see.textContent = document.querySelector("[data-basket]").firstChild.textContent.trim();
    panel.append(see);
    panel.hidden = false;
    link.setAttribute("aria-expanded", "true");
    link.querySelector("b").textContent = panel.querySelectorAll("li").length;
    sessionStorage.setItem(remember, "open");
  };
  const hide = () => {
    panel.hidden = true;
    link.setAttribute("aria-expanded", "false");
    sessionStorage.removeItem(remember);
  };

  link.setAttribute("aria-expanded", "false");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    if (panel.hidden) show().catch(() => { location.href = link.href; });
    else hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !panel.hidden) { hide(); link.focus(); }
  });
  for (const form of document.querySelectorAll("form[data-add]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) })
        .then(show)
        .catch(() => form.submit());
    });
  }
})();
