// The console's worker: notifications while the console is closed, and the page itself while the daemon is away.
// Nothing of the API is ever kept: who signs in next on this machine finds nothing.

const SHELL = "trunkline-shell-1";
const PAGE = "/";
/** Files of builds; old ones go when there are more. */
const MAX_KEPT = 120;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.add(PAGE)).catch(() => undefined).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const clean = caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("trunkline-") && name !== SHELL).map((name) => caches.delete(name))));
  event.waitUntil(clean.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && isConsole(url.pathname)) event.respondWith(page(request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(request));
});

/** Pages of the console; the widget's and the chat's are others', and what the API gives is none. */
function isConsole(path) {
  return path === "/" || /^\/(list|c|search|contacts|admin|me)(\/|$)/.test(path);
}

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      const cache = await caches.open(SHELL);
      await cache.put(PAGE, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = await caches.match(PAGE);
    if (kept) return kept;
    throw error;
  }
}

/** The names of files hold a hash of their content: what is kept is never stale. */
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const cache = await caches.open(SHELL);
    await cache.put(request, answer.clone());
    const keys = (await cache.keys()).filter((key) => new URL(key.url).pathname !== PAGE);
    await Promise.all(keys.slice(0, Math.max(0, keys.length - MAX_KEPT)).map((key) => cache.delete(key)));
  }
  return answer;
}

self.addEventListener("push", (event) => {
  event.waitUntil(told(read(event.data)));
});

function read(data) {
  try {
    return data ? data.json() : {};
  } catch {
    return {};
  }
}

/** Browsers demand that something is shown, whatever came. */
async function told({ title, body, conversation_id: conversation }) {
  const options = {
    body: body ?? "",
    icon: "/icons/icon-192.png",
    badge: "/icons/badge-96.png",
    data: { url: conversation ? `/c/${encodeURIComponent(conversation)}` : "/" },
    // One for each conversation: a newer one takes the place of an older one, and is heard again.
    ...(conversation && { tag: conversation, renotify: true }),
  };
  await self.registration.showNotification(title || "Trunkline", options);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data?.url ?? "/"));
});

/** The console that is open goes there by itself, without being loaded anew. */
async function show(url) {
  const open = (await self.clients.matchAll({ type: "window", includeUncontrolled: true })).filter((client) => isConsole(new URL(client.url).pathname));
  const client = open.find((one) => one.focused) ?? open[0];
  if (!client) return self.clients.openWindow(url);
  await client.focus();
  client.postMessage({ open: url });
}
