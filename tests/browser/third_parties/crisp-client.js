"use strict";
// Plays the Crisp widget: keeps a session cookie, shows the chat button with its picture, opens the relay.
(() => {
  const id = window.CRISP_WEBSITE_ID;
  const name = encodeURIComponent(`crisp-client/session/${id}`);
  document.cookie = `${name}=session_41; path=/; max-age=${180 * 86400}; SameSite=Lax`;
  const box = document.createElement("div");
  box.id = "crisp-chatbox";
  const picture = new Image(56, 56);
  picture.alt = "Chat";
  picture.src = `https://image.crisp.chat/avatar/website/${id}/120/`;
  box.append(picture);
  document.body.append(box);
  window.crispSocket = new WebSocket("wss://client.relay.crisp.chat/w/1/");
})();
