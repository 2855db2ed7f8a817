// Keeps the page of the emergency button, so that it opens without a network, and sends calls that did not get through
// as soon as there is one again. Nothing else is kept: every other page is always the server's.
"use strict";

const PAGE = "/care/sos";
const CALLS = "/api/care/calls";
const KEPT = "huimin-sos-1";
const UNSENT = "huimin-sos-unsent";
const PATIENCE_MS = 3000;
const asked = new URL(self.location.href).searchParams;

// The page as nobody in particular sees it: a shared device must not show who used it last. Its language comes from
// whoever registered this worker.
async function keep() {
  const address = `${PAGE}?lang=${asked.get("lang") || "zh"}&elder=${asked.get("elder") || "0"}`;
  const answer = await fetch(address, { credentials: "omit", headers: { accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const parts = new Set((await answer.clone().text()).match(/\/pkg\/[^"'\s)]+/g) || []);
  const cache = await caches.open(KEPT);
  await cache.addAll([...parts]);
  await cache.put(PAGE, answer);
  for (const request of await cache.keys()) {
    const path = new URL(request.url).pathname;
    if (path !== PAGE && !parts.has(path)) await cache.delete(request);
  }
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// From the network, or from what is kept when that takes too long or fails.
async function fresh(request, key) {
  const kept = await (await caches.open(KEPT)).match(key);
  if (!kept) return fetch(request);
  const late = new Promise((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const network = fetch(request).then(
    (answer) => (answer.status >= 500 ? kept : answer),
    () => kept,
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
    event.respondWith(fresh(request, address.pathname));
  }
});
