// Service worker: caches the page of the emergency button, so that it opens without a network, and sends calls that failed
// to be sent as soon as there is a network again. No other page is cached.
"use strict";

const PAGE = "/care/sos";
const CALLS = "/api/care/calls";
const CACHE = "huimin-sos-1";
const UNSENT = "huimin-sos-unsent";
const NETWORK_TIMEOUT_MS = 3000;
// The key of the preferences of the page, stored in the same cache.
const PREFERENCES = "/sw.js?wish";

// Caches the page without credentials, because a shared device must not show who used it last. Its language and mode are
// those of the page that was open last.
async function cachePage() {
  const cache = await caches.open(CACHE);
  const preferences = await cache.match(PREFERENCES);
  const { lang, elder } = preferences ? await preferences.json() : { lang: "zh", elder: "0" };
  const address = `${PAGE}?${new URLSearchParams({ lang, elder })}`;
  const answer = await fetch(address, { credentials: "omit", headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const parts = new Set((await answer.clone().text()).match(/\/pkg\/[^"'\s)]+/g) || []);
  await cache.addAll([...parts]);
  await cache.put(PAGE, answer);
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== PAGE && pathname !== "/sw.js" && !parts.has(pathname)) await cache.delete(request);
  }
}

// Stores language and mode, which a page sends in a message.
async function storePreferences({ lang, elder }) {
  const cache = await caches.open(CACHE);
  const preferences = JSON.stringify({ lang, elder });
  const before = await cache.match(PREFERENCES);
  if (before && (await before.text()) === preferences) return;
  await cache.put(PREFERENCES, new Response(preferences));
  await cachePage();
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(cachePage());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => event.waitUntil(storePreferences(event.data).catch(() => {})));

// From the cache, else from the network: names of code and style contain a hash of their content.
async function cacheFirst(request, key) {
  return (await (await caches.open(CACHE)).match(key)) || fetch(request);
}

// From the network, or from the cache if that takes too long or fails.
async function networkFirst(request, key) {
  const before = await (await caches.open(CACHE)).match(key);
  if (!before) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(before), NETWORK_TIMEOUT_MS));
  const network = fetch(request).then(
    (answer) => (answer.status >= 500 ? before : answer),
    () => before,
  );
  return Promise.race([network, late]);
}

// Sends a call or its cancellation; if that fails, stores it under the id of its press.
async function send(request) {
  const body = await request.clone().text();
  const unsent = await caches.open(UNSENT);
  const key = `${new URL(request.url).pathname}?${new URLSearchParams(body).get("id") || ""}`;
  try {
    const answer = await fetch(request);
    if (answer.status < 500) await unsent.delete(key);
    return answer;
  } catch (error) {
    await unsent.put(key, new Response(body));
    if (self.registration.sync) await self.registration.sync.register("sos").catch(() => {});
    throw error;
  }
}

// Sends stored calls, before their cancellations.
async function sendUnsent() {
  const unsent = await caches.open(UNSENT);
  const keys = (await unsent.keys()).sort((a, b) => a.url.length - b.url.length);
  for (const key of keys) {
    const body = await (await unsent.match(key)).text();
    const headers = { "content-type": "application/x-www-form-urlencoded", accept: "application/json" };
    const answer = await fetch(new URL(key.url).pathname, { method: "POST", headers, body });
    if (answer.status >= 500) throw new Error("not yet");
    await unsent.delete(key);
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "sos") event.waitUntil(sendUnsent());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  const scripted = request.mode !== "navigate";
  if (request.method === "POST" && scripted && [CALLS, `${CALLS}/cancel`].includes(address.pathname)) {
    event.respondWith(send(request));
  } else if (request.method === "GET" && request.mode === "navigate" && address.pathname === PAGE) {
    event.respondWith(networkFirst(request, PAGE));
    event.waitUntil(cachePage().catch(() => {}));
  } else if (request.method === "GET" && address.pathname.startsWith("/pkg/")) {
    event.respondWith(cacheFirst(request, address.pathname));
  }
});
