/* guard.js: rules of operation
 * 1. It stands before every script of the page and keeps names out that the visitor doesn't allow or the manifest
 *    doesn't declare: cookies, localStorage, sessionStorage, IndexedDB. What got in otherwise is removed.
 * 2. The server decides; the names come with our own tag. Deleting is always possible.
 * 3. A refused write is silent, as it is in a browser that blocks storage; opening a refused database throws, as it
 *    does there. Nothing else of the page's natives changes. */
(() => {
  "use strict";
  const tag = document.currentScript;
  const once = Symbol.for("consentkit.guard");
  if (!tag || !tag.dataset.consentkitGuard || window[once]) return;
  Object.defineProperty(window, once, { value: true });
  const names = JSON.parse(tag.dataset.consentkitGuard);
  const escape = (text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
  const rules = Object.fromEntries(
    Object.entries(names).map(([kind, list]) => [kind, new RegExp(`^(?:${list.map(escape).join("|")})$`, "s")]),
  );
  const allowed = (kind, name) => names[kind].length > 0 && rules[kind].test(name);

  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  const deletes = (line) => {
    const age = /;\s*max-age\s*=\s*(-?)(\d+)/i.exec(line);
    if (age) return age[1] === "-" || Number(age[2]) === 0;
    const date = /;\s*expires\s*=\s*([^;]+)/i.exec(line);
    return date !== null && Date.parse(date[1]) <= Date.now();
  };
  const named = (line) => (line.split(";", 1)[0].includes("=") ? line.split("=", 1)[0].trim() : "");
  Object.defineProperty(Document.prototype, "cookie", {
    ...cookie,
    set(value) {
      const line = String(value);
      if (deletes(line) || allowed("cookie", named(line))) cookie.set.call(this, line);
    },
  });
  if (window.CookieStore) {
    const set = CookieStore.prototype.set;
    CookieStore.prototype.set = function (first, ...rest) {
      const name = first !== null && typeof first === "object" ? first.name : first;
      return allowed("cookie", String(name)) ? set.call(this, first, ...rest) : Promise.resolve();
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
    if (allowed(areas.get(this) ?? "local", String(key))) setItem.call(this, key, value);
  };

  const { open, deleteDatabase, databases } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (name, ...rest) {
    if (allowed("indexeddb", String(name))) return open.call(this, name, ...rest);
    throw new DOMException(`The database ${name} is not allowed here.`, "SecurityError");
  };

  // Written by a property, by another frame, or before: host-only cookies, so that a sibling site keeps its own.
  const sweep = () => {
    for (const [area, kind] of areas) for (const key of Object.keys(area)) if (!allowed(kind, key)) area.removeItem(key);
    for (const pair of cookie.get.call(document).split("; ")) {
      const name = named(`${pair};`);
      if (name && !allowed("cookie", name)) {
        for (const path of ["/", location.pathname]) cookie.set.call(document, `${name}=;path=${path};max-age=0`);
      }
    }
  };
  sweep();
  addEventListener("pagehide", sweep);
  databases?.call(indexedDB).then(
    (list) => list.forEach(({ name }) => allowed("indexeddb", name) || deleteDatabase.call(indexedDB, name)),
    () => {},
  );
})();
