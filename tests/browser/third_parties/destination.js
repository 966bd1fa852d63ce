"use strict";
// Plays www.googletagmanager.com/gtag/destination for an AW- id: sets _gcl_au, sends the remarketing hit and every
// conversion event, those already waiting in the data layer among them.
(() => {
  const layer = window.dataLayer;
  const ping = (url) => { new Image().src = url; };
  const handle = ([command, name, fields]) => {
    if (command !== "event" || name !== "conversion") return;
    const [id, label] = fields.send_to.split("/");
    ping(`https://www.googleadservices.com/pagead/conversion/${id.slice(3)}/?label=${label}`);
  };
  document.cookie = `_gcl_au=1.1.${Date.now()}; path=/; max-age=${90 * 86400}; SameSite=Lax`;
  ping("https://googleads.g.doubleclick.net/pagead/viewthroughconversion/714200041/?guid=ON");
  layer.forEach((entry) => handle(Array.from(entry.length ? entry : [])));
  const push = layer.push.bind(layer);
  layer.push = (entry) => {
    handle(Array.from(entry.length ? entry : []));
    return push(entry);
  };
})();
