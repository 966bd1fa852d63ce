"use strict";
// Plays www.googletagmanager.com/gtag/js: sets _ga and _ga_<container> on the widest domain that takes them
// (cookie_domain "auto"), sends a page_view hit, and fetches the second destination of the page.
(() => {
  const days = (count) => `path=/; max-age=${count * 86400}; SameSite=Lax`;
  const keep = (name, value) => {
    const labels = location.hostname.split(".");
    for (let from = labels.length - 1; from >= 0; from -= 1) {
      document.cookie = `${name}=${value}; domain=${labels.slice(from).join(".")}; ${days(730)}`;
      if (document.cookie.includes(`${name}=`)) return;
    }
    document.cookie = `${name}=${value}; ${days(730)}`;
  };
  const handle = ([command, target]) => {
    if (command !== "config") return;
    if (target.startsWith("G-")) {
      keep("_ga", `GA1.1.1041280041.${Math.floor(Date.now() / 1000)}`);
      keep(`_ga_${target.slice(2)}`, `GS2.1.s${Date.now()}$o1$g0`);
      const hit = `v=2&tid=${target}&en=page_view&dl=${encodeURIComponent(location.href)}`;
      navigator.sendBeacon(`https://region1.google-analytics.com/g/collect?${hit}`);
    } else {
      const script = document.createElement("script");
      script.async = true;
      script.src = `https://www.googletagmanager.com/gtag/destination?id=${target}&l=dataLayer`;
      document.head.append(script);
    }
  };
  const layer = (window.dataLayer = window.dataLayer || []);
  layer.forEach((entry) => handle(Array.from(entry.length ? entry : [])));
  const push = layer.push.bind(layer);
  layer.push = (entry) => {
    handle(Array.from(entry.length ? entry : []));
    return push(entry);
  };
})();
