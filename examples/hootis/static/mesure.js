// Google Analytics, told to cut the address before it is stored.
window.dataLayer = window.dataLayer || [];
function gtag() { dataLayer.push(arguments); }
gtag("js", new Date());
gtag("config", "UA-100000-1", { anonymize_ip: true });
