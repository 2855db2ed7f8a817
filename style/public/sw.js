// Keeps the page of the emergency button, so that it opens without a network, and sends calls that did not get through
// as soon as there is one again. Nothing else is kept: every other page is always the server's.
"use strict";

const PAGE = "/care/sos";
const CALLS = "/api/care/calls";
const KEPT = "huimin-sos-1";
const UNSENT = "huimin-sos-unsent";
const PATIENCE_MS = 3000;
// How the page is wanted, beside it.
const WISH = "/sw.js?wish";

// The page as nobody in particular sees it: a shared device must not show who used it last. Its language and mode come
// from the page that was open last.
async function keep() {
  const cache = await caches.open(KEPT);
  const wish = await cache.match(WISH);
  const { lang, elder } = wish ? await wish.json() : { lang: "zh", elder: "0" };
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

// What a page tells of its language and mode.
async function wanted({ lang, elder }) {
  const cache = await caches.open(KEPT);
  const wish = JSON.stringify({ lang, elder });
  const before = await cache.match(WISH);
  if (before && (await before.text()) === wish) return;
  await cache.put(WISH, new Response(wish));
  await keep();
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => event.waitUntil(wanted(event.data).catch(() => {})));

// Code and style have their content in their name: what is kept is right.
async function kept(request, key) {
  return (await (await caches.open(KEPT)).match(key)) || fetch(request);
}

// From the network, or from what is kept when that takes too long or fails.
async function fresh(request, key) {
  const before = await (await caches.open(KEPT)).match(key);
  if (!before) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(before), PATIENCE_MS));
  const network = fetch(request).then(
    (answer) => (answer.status >= 500 ? before : answer),
    () => before,
  );
  return Promise.race([network, late]);
}

// A call or its taking back: what does not get through is kept, under the press it belongs to.
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

// The calls before what takes them back.
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
    event.respondWith(fresh(request, PAGE));
    event.waitUntil(keep().catch(() => {}));
  } else if (request.method === "GET" && address.pathname.startsWith("/pkg/")) {
    event.respondWith(kept(request, address.pathname));
  }
});
