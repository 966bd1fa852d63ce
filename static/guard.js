/* guard.js: rules of operation
 * 1. It stands before every script of the page and keeps names out that the visitor doesn't allow or the manifest
 *    doesn't declare: cookies, localStorage, sessionStorage, IndexedDB. What got in otherwise is removed. It also keeps
 *    away from hosts where no Content-Security-Policy would: relays, refreshes, fetching in advance.
 * 2. The server decides; the names come with our own tag. Deleting is always possible.
 * 3. A refused write is silent, as it is in a browser that blocks storage; opening a refused database throws, as it
 *    does there. Nothing else of the page's natives changes. */
(() => {
  "use strict";
  const tag = document.currentScript;
  const once = Symbol.for("consentkit.guard");
  if (!tag?.dataset.consentkitGuard || window[once]) return;
  Object.defineProperty(window, once, { value: true });
  const names = JSON.parse(tag.dataset.consentkitGuard);
  const escape = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
  const rules = Object.fromEntries(
    Object.entries(names).map(([kind, list]) => [kind, new RegExp(`^(?:${list.map(escape).join("|")})$`, "s")]),
  );
  const allowed = (kind, name) => names[kind]?.length > 0 && rules[kind].test(name);

  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  const deletes = (line) => {
    const age = /;\s*max-age\s*=\s*(-?\d+)/i.exec(line);
    const date = /;\s*expires\s*=\s*([^;]+)/i.exec(line);
    return age ? age[1] <= 0 : Date.parse(date?.[1]) <= Date.now();
  };
  const named = (line) => /^[^;=]*(?==)/.exec(line)?.[0].trim() ?? "";
  const held = () => cookie.get.call(document).split("; ").map(named);
  // Exempt audience measurement ends when it first would: it isn't written again while it is there.
  const writable = (name) => allowed("cookie", name) && !(allowed("once", name) && held().includes(name));
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookie,
    set(value) {
      const line = String(value);
      if (deletes(line) || writable(named(line))) cookie.set.call(this, line);
    },
  });
  if (window.CookieStore) {
    const set = CookieStore.prototype.set;
    CookieStore.prototype.set = function (first, ...rest) {
      return writable(first?.name ?? first) ? set.call(this, first, ...rest) : Promise.resolve();
    };
  }

  const areas = new Map();
  for (const kind of ["local", "session"]) {
    try {
      areas.set(window[`${kind}Storage`], kind);
    } catch {
      // The browser blocks it by itself.
    }
  }
  const setItem = Storage.prototype.setItem;
  Storage.prototype.setItem = function (key, value) {
    if (allowed(areas.get(this) ?? "local", key)) setItem.call(this, key, value);
  };

  const { open, deleteDatabase, databases } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (name, ...rest) {
    if (allowed("indexeddb", name)) return open.call(this, name, ...rest);
    throw new DOMException(`Database ${name} is not allowed.`, "SecurityError");
  };

  const near = (url) => {
    const { hostname } = new URL(url.replace(/^(stun|turn)s?:/i, "https://"), location);
    return hostname === location.hostname || allowed("hosts", hostname);
  };
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) {
    const own = (config) => ({
      ...config,
      iceServers: config?.iceServers?.filter(({ urls }) => [urls].flat().every(near)),
    });
    window[name] &&= class extends window[name] {
      constructor(config, ...rest) {
        super(own(config), ...rest);
      }
      setConfiguration(config) {
        super.setConfiguration(own(config));
      }
    };
  }
  // Not by the document's own methods: an element's name can hide them.
  const root = document.documentElement;
  window.navigation?.addEventListener("navigate", (event) => {
    const { url } = event.destination;
    const refresh = `meta[http-equiv=refresh i][content*="${new URL(url).hostname}" i]`;
    if (root.querySelector(refresh) && !near(url)) event.preventDefault();
  });
  new MutationObserver(() => {
    for (const script of root.querySelectorAll("script[type=speculationrules i]")) {
      try {
        JSON.parse(script.text, (key, url) => /^(https?:)?[\\/]{2}/i.test(url) && !near(url) && script.remove());
      } catch {
        script.remove();
      }
    }
  }).observe(root, { childList: true, subtree: true });

  // Written by a property, by another frame, or before: host-only cookies, so that a sibling site keeps its own.
  const sweep = () => {
    for (const [area, kind] of areas) for (const key of Object.keys(area)) if (!allowed(kind, key)) area.removeItem(key);
    for (const name of held()) {
      if (name && !allowed("cookie", name)) {
        for (const path of ["/", location.pathname]) cookie.set.call(document, `${name}=;path=${path};max-age=0`);
      }
    }
  };
  sweep();
  addEventListener("pagehide", sweep);
  setInterval(sweep, 1000);
  databases?.call(indexedDB).then(
    (list) => list.forEach(({ name }) => allowed("indexeddb", name) || deleteDatabase.call(indexedDB, name)),
    () => {},
  );
})();
