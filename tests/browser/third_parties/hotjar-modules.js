"use strict";
// Plays script.hotjar.com/modules.<hash>.js: sends a first sample and opens the recording socket.
fetch("https://content.hotjar.io/?site_id=4128041", { method: "POST", body: "{}" }).then((answer) => answer.arrayBuffer());
window.hjSocket = new WebSocket("wss://ws.hotjar.com/api/v2/client/ws?v=7");
