/** The few addresses of the page, kept in the browser's history. */

import { signal } from "@preact/signals";
import { clearToasts } from "./ui/toasts.ts";

export type Route =
  | { page: "home" }
  | { page: "login"; next: string }
  | { page: "register"; next: string }
  | { page: "account" }
  | { page: "meeting"; code: string }
  | { page: "insights"; code: string }
  | { page: "usage" }
  | { page: "chats"; chatId: string | null; messageId: string | null }
  | { page: "contacts" }
  | { page: "calls" }
  | { page: "calendar" }
  | { page: "notifications" }
  | { page: "unsubscribe"; token: string }
  | { page: "invitation"; token: string }
  | { page: "unknown" };

const PLACES = ["contacts", "calls", "calendar", "notifications"] as const;

export const route = signal<Route>({ page: "home" });

export function routeOf(path: string, search: string): Route {
  // Only paths of this page: an absolute or protocol-relative address would be an open redirect.
  const next = new URLSearchParams(search).get("next") ?? "/";
  const safe = /^\/(?![/\\])/.test(next) ? next : "/";
  if (path === "/") return { page: "home" };
  if (path === "/login") return { page: "login", next: safe };
  if (path === "/register") return { page: "register", next: safe };
  if (path === "/account") return { page: "account" };
  if (path === "/usage") return { page: "usage" };
  if (path === "/unsubscribe")
    return { page: "unsubscribe", token: new URLSearchParams(search).get("token") ?? "" };
  const messageId = new URLSearchParams(search).get("m");
  const place = PLACES.find((name) => path === `/${name}`);
  if (place) return { page: place };
  if (path === "/chats") return { page: "chats", chatId: null, messageId: null };
  return (
    following(/^\/chats\/([^/]+)\/?$/, path, (chatId) => ({ page: "chats", chatId, messageId })) ??
    following(/^\/i\/([^/]+)\/?$/, path, (token) => ({ page: "invitation", token })) ??
    following(/^\/m\/([^/]+)\/insights\/?$/, path, (code) => ({ page: "insights", code })) ??
    following(/^\/m\/([^/]+)\/?$/, path, (code) => ({ page: "meeting", code })) ?? { page: "unknown" }
  );
}

function following(pattern: RegExp, path: string, made: (part: string) => Route): Route | null {
  const part = pattern.exec(path)?.[1];
  const found = part ? decoded(part) : null;
  return found ? made(found) : null;
}

/** Null for what is no valid percent-encoding. */
export function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export function go(path: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", path);
  else history.replaceState(null, "", path);
  follow();
}

export function startRouter(): void {
  addEventListener("popstate", follow);
  document.addEventListener("click", (event) => {
    const link = (event.target as Element).closest?.("a[href^='/']");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || link.hasAttribute("download") || link.getAttribute("target")) return;
    event.preventDefault();
    go(link.getAttribute("href") ?? "/");
  });
  follow();
}

function follow(): void {
  const before = route.value;
  route.value = routeOf(location.pathname, location.search);
  if (before.page === route.value.page) return;
  window.scrollTo(0, 0);
  clearToasts();
}
