// Google Analytics, Google Ads and the Facebook pixel, as their vendors have it.
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
gtag("js", new Date());
gtag("config", "G-IABAKO0001", { cookie_expires: 390 * 24 * 3600 });
gtag("config", "AW-100000001");
window.fbq = window.fbq || function () { fbq.queue.push(arguments); };
fbq.queue = fbq.queue || [];
fbq("init", "100000000000001");
fbq("track", "PageView");
