/* consentkit.js: rules of operation
 * 1. Everything works without it: it saves a page load, no more. Any failure hands the form back to the browser.
 * 2. The server decides. Its answer says whether the page must be loaded again; no rule is known here.
 * 3. The page is hostile: natives are called from their prototypes, since <img name=querySelector> or
 *    <input name=action> would shadow them; answers are copied to objects without a prototype.
 * 4. It stores nothing but, over a reload that a choice caused, where the focus was (removed at once). */
(() => {
  "use strict";
  const call = (method, self, ...args) => Reflect.apply(method, self, args);
  const find = (css) => call(Document.prototype.querySelector, document, css);
  const all = (css) => [...call(Document.prototype.querySelectorAll, document, css)];
  const get = (element, name) => call(Element.prototype.getAttribute, element, name) ?? "";
  const set = (element, name, value) => call(Element.prototype.setAttribute, element, name, value);
  const listen = (type, handler) => call(EventTarget.prototype.addEventListener, document, type, handler);
  const BANNER = "#consentkit[data-consentkit=banner]";
  // Each button becomes a frame where its service is allowed, so the order tells which one it was. A chat has no frame.
  const FRAMES = "iframe:not([data-consentkit-service]),span[data-consentkit=placeholder] button";
  const FOCUS = "consentkit-focus";
  let passing = null;
  let busy = false;

  const holder = () => find("[data-consentkit-state]");
  const link = () => find("a[data-consentkit=preferences],a[data-consentkit=manage]");
  const focus = (element) => element && call(HTMLElement.prototype.focus, element, { preventScroll: true });

  /** Say in the live region that the choice is saved. */
  const announce = () => {
    const region = find("[data-consentkit=status]");
    if (region) region.textContent = get(region, "data-consentkit-saved");
  };

  /** Post a form's fields. @param {string} url @param {URLSearchParams} body @returns {Promise<object>} the answer */
  const post = async (url, body) => {
    const response = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
    const answer = Object.assign(Object.create(null), await response.json());
    if (!response.ok || typeof answer.state !== "string" || !Array.isArray(answer.purposes)) throw new Error(response.status);
    return answer;
  };

  /** Take back the room that a banner at the top made above the page, so that what is read stays where it is. */
  const stay = () => {
    if (find(BANNER)) scrollBy({ top: -parseFloat(getComputedStyle(find(":root")).paddingTop), behavior: "instant" });
  };

  /** Replace the banner by the link that stays, and keep the keyboard where it was used. */
  const close = () => {
    const banner = find(BANNER);
    const manage = banner && link();
    if (!manage) return;
    stay();
    const within = call(Element.prototype.matches, banner, ":focus-within");
    const stays = call(Node.prototype.cloneNode, manage, true);
    for (const name of ["lang", "dir"]) set(stays, name, get(banner, name));
    set(stays, "data-consentkit", "preferences");
    call(Element.prototype.replaceWith, banner, stays);
    if (within) focus(stays);
  };

  /** Take the server's answer over into the page. */
  const settle = (answer, button) => {
    const { state, purposes, signals } = answer;
    if (answer.reload !== true) close();
    const element = holder() || link();
    if (element) {
      set(element, "data-consentkit-state", state);
      set(element, "data-consentkit-allowed", purposes.join(" "));
    }
    call(EventTarget.prototype.dispatchEvent, document, new CustomEvent("consentkit:change", { detail: { state, purposes, signals } }));
    if (answer.reload !== true) {
      // A placeholder must not bring back what was allowed when the page was made.
      if (state !== "given") all("#consentkit-allow :is([name=purposes],[name=services])").forEach((field) => call(Element.prototype.remove, field));
      return announce();
    }
    try {
      sessionStorage.setItem(FOCUS, all(FRAMES).indexOf(button));
    } catch { /* storage may be forbidden; only the focus is lost */ }
    stay();
    location.reload();
  };

  const submit = async (event) => {
    const form = event.target;
    if (form === passing || event.defaultPrevented || !/^(form|allow)$/.test(get(form, "data-consentkit"))) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const button = event.submitter;
    try {
      const body = new URLSearchParams(new FormData(form));
      if (button) body.append(get(button, "name"), get(button, "value"));
      settle(await post(get(form, "action"), body), button);
    } catch {
      passing = form;
      call(HTMLFormElement.prototype.requestSubmit, form, button);
    }
    busy = false;
  };

  const api = {
    /** @returns {string} unknown, given, refused, withdrawn or expired */
    get state() { return holder() ? get(holder(), "data-consentkit-state") : "unknown"; },
    /** @param {string} purpose @returns {boolean} whether the visitor allows it now */
    allows: (purpose) => !!holder() && get(holder(), "data-consentkit-allowed").split(" ").includes(purpose),
    /** Show the preferences page. */
    open: () => { if (link()) location.assign(get(link(), "href")); },
    /** Withdraw everything, or show the page for it when that fails. @returns {Promise<void>} */
    withdraw: async () => {
      try {
        const action = get(find("form[data-consentkit]"), "action");
        settle(await post(action, new URLSearchParams({ action: "withdraw", collected: "api" })));
      } catch {
        api.open();
      }
    },
  };
  // Our section's id makes window.consentkit that element until it is defined here.
  Object.defineProperty(window, "consentkit", { value: Object.freeze(api) });

  listen("submit", submit);

  listen("DOMContentLoaded", () => {
    const banner = find(BANNER);
    if (banner) new ResizeObserver(() => {
      find(":root").style.setProperty("--consentkit-height", banner.offsetHeight + "px");
    }).observe(banner);
    try {
      const kept = sessionStorage.getItem(FOCUS);
      if (kept !== null) {
        sessionStorage.removeItem(FOCUS);
        focus(all(FRAMES)[kept] ?? link());
        announce();
      }
    } catch { /* as above */ }
  });
})();
