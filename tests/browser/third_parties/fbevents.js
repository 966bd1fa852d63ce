"use strict";
// Plays connect.facebook.net/en_US/fbevents.js: sets _fbp, loads the pixel's configuration, and sends what waited in
// the snippet's queue and all that follows. Of consent it is told, too.
(() => {
  const fbq = window.fbq;
  let id = "";
  document.cookie = `_fbp=fb.1.${Date.now()}.1041280; path=/; max-age=${90 * 86400}; SameSite=Lax`;
  fbq.callMethod = (command, value) => {
    if (command === "init") {
      id = value;
      const script = document.createElement("script");
      script.async = true;
      script.src = `https://connect.facebook.net/signals/config/${id}?v=2.9`;
      document.head.append(script);
    } else if (command === "track") {
      new Image().src = `https://www.facebook.com/tr/?id=${id}&ev=${value}&dl=${encodeURIComponent(location.href)}`;
    }
  };
  fbq.queue.splice(0).forEach((waiting) => fbq.callMethod(...waiting));
})();
