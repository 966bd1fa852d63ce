"use strict";
// Plays static.hotjar.com/c/hotjar-<site>.js: sets the user and session cookies and loads the recorder.
(() => {
  const id = window._hjSettings.hjid;
  document.cookie = `_hjSessionUser_${id}=eyJpZCI6IjQxIn0=; path=/; max-age=${365 * 86400}; SameSite=Lax`;
  document.cookie = `_hjSession_${id}=eyJpZCI6IjQyIn0=; path=/; max-age=1800; SameSite=Lax`;
  sessionStorage.setItem("hjViewportId", "41");
  const script = document.createElement("script");
  script.async = true;
  script.src = "https://script.hotjar.com/modules.41c280.js";
  document.head.append(script);
})();
