"use strict";
// Plays www.googletagmanager.com/gtm.js: a container whose only tag is a Floodlight counter.
window.google_tag_manager = { "GTM-K3RV4LN": { dataLayer: { name: "dataLayer" } } };
new Image().src = "https://ad.doubleclick.net/activity;src=41;type=visit;cat=shop";
