"use strict";
// Plays client.crisp.chat/l.js: loads the widget's style and code.
(() => {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = "https://client.crisp.chat/static/stylesheets/client_default_41c280.css";
  const script = document.createElement("script");
  script.async = true;
  script.src = "https://client.crisp.chat/static/javascripts/client_default_41c280.js";
  document.head.append(style, script);
})();
