/* signals.js: rules of operation
 * 1. It stands before every script of the page and makes the calls that the server wrote on its tag, no others.
 * 2. Nothing is defined that a vendor's base code would take for itself already loaded: Meta's returns at once where
 *    window.fbq exists, so our call is put at the head of its queue once that base code makes one.
 * 3. When the visitor answers, the tags of this page are told too, before the page is loaded again. */
(() => {
  "use strict";
  const told = document.currentScript?.dataset.consentkitSignals;
  if (!told) return;
  const awaits = (holder, name, arrived) =>
    Object.defineProperty(holder, name, {
      configurable: true,
      get() {},
      set(value) {
        delete holder[name];
        holder[name] = value;
        arrived(value);
      },
    });
  let held;
  const speak = {
    // Google reads arguments objects, and no arrays.
    dataLayer() {
      (window.dataLayer ||= []).push(arguments);
    },
    uetq: (...call) => (window.uetq ||= []).push(...call),
    _paq: (...call) => (window._paq ||= []).push(call),
    // Its loaded tag has the methods themselves.
    ttq: (method) => ((window.ttq ||= [])[method] ? ttq[method]() : ttq.push([method])),
    clarity() {
      (window.clarity ||= function () {
        (clarity.q ||= []).push(arguments);
      })(...arguments);
    },
    fbq(...call) {
      if (window.fbq) return fbq(...call);
      const first = (queue) => queue.unshift(held);
      if (!held) awaits(window, "fbq", (stub) => stub && (stub.queue ? first(stub.queue) : awaits(stub, "queue", first)));
      held = call;
    },
  };
  const tell = (calls) => {
    for (const name in calls) for (const call of calls[name]) speak[name](...call);
  };
  tell(JSON.parse(told));
  document.addEventListener("consentkit:change", (event) => tell(event.detail.signals));
})();
