"use strict";
// What a site pastes for each vendor, in the shape of the vendor's own base code where consent depends on it.
const load = (src) => document.head.append(Object.assign(document.createElement("script"), { src, async: true }));

// Google: gtag.js, developers.google.com/tag-platform/gtagjs
window.dataLayer = window.dataLayer || [];
function gtag() {
  dataLayer.push(arguments);
}
gtag("config", "G-EXAMPLE");
load("https://www.googletagmanager.com/gtag/js?id=G-EXAMPLE");

// Microsoft UET
window.uetq = window.uetq || [];
load("https://bat.bing.com/bat.js");

// Microsoft Clarity
window.clarity =
  window.clarity ||
  function () {
    (window.clarity.q = window.clarity.q || []).push(arguments);
  };
load("https://www.clarity.ms/tag/example");

// Meta: it returns at once where fbq exists, and makes its queue after it has set window.fbq.
(() => {
  if (window.fbq) return;
  const stub = (window.fbq = function () {
    stub.callMethod ? stub.callMethod.apply(stub, arguments) : stub.queue.push(arguments);
  });
  if (!window._fbq) window._fbq = stub;
  stub.push = stub;
  stub.loaded = true;
  stub.version = "2.0";
  stub.queue = [];
  load("https://connect.facebook.net/en_US/fbevents.js");
})();
fbq("init", "1041280");
fbq("track", "PageView");

// Matomo
window._paq = window._paq || [];
_paq.push(["trackPageView"]);
load("https://example.matomo.cloud/matomo.js");

// TikTok: the stub's methods push onto the array that may be there already.
(() => {
  const ttq = (window.ttq = window.ttq || []);
  ttq.methods = ["page", "track", "holdConsent", "revokeConsent", "grantConsent"];
  for (const method of ttq.methods) ttq[method] = (...call) => ttq.push([method, ...call]);
  load("https://analytics.tiktok.com/i18n/pixel/events.js");
  ttq.page();
})();
