/**
 * Shows pushes while no page is open, and brings people to what they are about. It keeps no files and answers no
 * requests of the page.
 */

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = read(event.data);
  event.waitUntil(Promise.all([show(told), count(told.unread)]));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(pathOf(event.notification.data?.url)));
});

/** What cannot be read is shown all the same: browsers take the right away from who shows nothing. */
function read(data) {
  try {
    const told = data.json();
    return typeof told === "object" && told !== null ? told : {};
  } catch {
    return {};
  }
}

async function show(told) {
  const pages = await self.clients.matchAll({ type: "window" });
  // Who looks at a page of ours is told there: no sound on top of it, except that a call rings.
  const silent = told.type !== "incoming_call" && pages.some((page) => page.focused);
  await self.registration.showNotification(text(told.title) || "Convoke", {
    body: text(told.body),
    tag: text(told.tag),
    renotify: Boolean(told.tag) && !silent,
    requireInteraction: told.type === "incoming_call",
    silent,
    timestamp: Number(told.at) || Date.now(),
    icon: "/favicon.svg",
    data: { id: text(told.id), url: text(told.url) },
  });
}

async function count(unread) {
  if (!Number.isInteger(unread) || !self.navigator.setAppBadge) return;
  await self.navigator.setAppBadge(unread).catch(() => undefined);
}

/** In a page that is open, unless somebody is in a meeting there: leaving it is not what was clicked for. */
async function open(path) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const free = pages.filter((page) => !new URL(page.url).pathname.startsWith("/m/"));
  const page = free.find((each) => each.focused) ?? free[0];
  if (!page) return self.clients.openWindow(path);
  await page.focus().catch(() => undefined);
  page.postMessage({ open: path });
}

/** `//host` and `/\host` are other origins to a browser. */
function pathOf(url) {
  return /^\/(?![/\\])/.test(text(url)) ? url : "/notifications";
}

function text(value) {
  return typeof value === "string" ? value : "";
}
