// What of the fuzzed pages' third party is alive in documents, by this browser's own parser.
(host) => {
  const URLS = new Set(["src", "data", "href", "xlink:href", "poster", "background", "action", "formaction"]);
  const TEXTS = new Set(["srcset", "style", "srcdoc"]);
  const OWNED = {data: ["object", "embed"], action: ["form"], srcdoc: ["iframe"], content: ["meta"]};
  const SHEET = new RegExp(`(?:url\\(|@import)\\s*["']?[^)"';]*${host}`, "i");
  const FOLLOWED = new Set(["a", "area"]);
  const CODE = /^(?:|module|(?:text|application)\/(?:x-)?(?:java|ecma)script)$/i;
  const names = (text) => text.toLowerCase().includes(host);
  const leads = (text) => {
    try {
      return new URL(text, "https://www.shop.example/page").hostname.replace(/\.$/, "") === host;
    } catch {
      return false;
    }
  };

  function* elements(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.localName === "template" && element.content) yield* elements(element.content);
      if (element.shadowRoot) yield* elements(element.shadowRoot);
    }
  }
  function contacts(element, name, value) {
    if (name !== "style" && FOLLOWED.has(element.localName)) return false;
    const owners = OWNED[name];
    if (owners && !owners.includes(element.localName)) return false;
    if (name === "content") return /^refresh$/i.test(element.getAttribute("http-equiv")) && names(value);
    return URLS.has(name) ? leads(value) : TEXTS.has(name) && names(value);
  }
  function holds(element) {
    if (!names(element.textContent)) return false;
    if (element.localName === "style") return SHEET.test(element.textContent) && !element.hasAttribute("type");
    return element.localName === "script" && !element.hasAttribute("src") && CODE.test(element.getAttribute("type") ?? "");
  }
  function alive(root) {
    const found = [];
    for (const element of elements(root)) {
      for (const {name, value} of element.attributes) {
        if (contacts(element, name, value)) found.push(`${element.localName}[${name}]`);
      }
      if (holds(element)) found.push(element.localName);
    }
    return found;
  }

  const withoutScripting = (page) => alive(new DOMParser().parseFromString(page, "text/html"));
  return (pages) => {
    // With scripting: a frame under the page's policy, by which nothing loads and nothing runs.
    const frame = document.body.appendChild(document.createElement("iframe"));
    frame.hidden = true;
    const withScripting = (page) => {
      const inner = frame.contentDocument;
      inner.open();
      inner.write(page);
      inner.close();
      return alive(inner);
    };
    // It changes the tree in one place alone, `noscript` (WHATWG HTML 13.2.6), and costs ten times as much.
    const judge = (page, index) =>
      index % 10 && !/noscript/i.test(page) ? withoutScripting(page) : [...withScripting(page), ...withoutScripting(page)];
    const found = pages.map(judge);
    frame.remove();
    return found;
  };
}
