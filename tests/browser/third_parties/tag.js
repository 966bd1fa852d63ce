"use strict";
// Plays a vendor's tag as far as consent goes: it takes over the queue that its base code left, as the real one does,
// and notes every call that waited there and every later one.
(() => {
  const host = new URL(document.currentScript.src).host;
  const name = {
    "www.googletagmanager.com": "dataLayer",
    "bat.bing.com": "uetq",
    "www.clarity.ms": "clarity",
    "connect.facebook.net": "fbq",
    "example.matomo.cloud": "_paq",
    "analytics.tiktok.com": "ttq",
  }[host];
  const heard = (call) => window.note(name, JSON.parse(JSON.stringify(Array.from(call))));
  const takeover = {
    dataLayer() {
      dataLayer.forEach(heard);
      const push = dataLayer.push.bind(dataLayer);
      dataLayer.push = (...calls) => (calls.forEach(heard), push(...calls));
    },
    uetq() {
      heard(uetq);
      window.uetq = { push: (...call) => heard(call) };
    },
    clarity() {
      (clarity.q || []).forEach(heard);
      window.clarity = (...call) => heard(call);
    },
    fbq() {
      fbq.callMethod = (...call) => heard(call);
      while (fbq.queue.length) fbq.callMethod.apply(fbq, fbq.queue.shift());
    },
    _paq() {
      _paq.forEach(heard);
      window._paq = { push: heard };
    },
    ttq() {
      ttq.forEach(heard);
      for (const method of ttq.methods) ttq[method] = (...call) => heard([method, ...call]);
    },
  };
  takeover[name]();
})();
