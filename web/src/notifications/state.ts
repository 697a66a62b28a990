/** How many are unread, kept true by events on every page, and shown on the bell and on the app's icon. */

import { effect } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { asProblem } from "../delivery/problem.ts";
import { go, route } from "../router.ts";
import { text } from "../text.ts";
import { badges } from "../ui/badges.ts";
import { toast } from "../ui/toasts.ts";
import * as api from "./api.ts";
import { isPath, type Notification, pathOf, type ReadNews } from "./model.ts";
import { closeShown, renewPush } from "./push.ts";

const unread = badges.notifications;
const SHORT = 120;
/** How many events have told a count. */
let told = 0;

/** Goes on while somebody is signed in. Returns how to stop. */
export function startNotifications(userId: string): () => void {
  const offs = [
    device.on("notification.created", ({ data }) => {
      counted(data);
      announce(data.notification as Notification);
    }),
    device.on("notification.read", ({ data }) => {
      counted(data);
      void closeShown(data.ids as ReadNews["ids"]);
    }),
    device.on("notification.deleted", ({ data }) => {
      counted(data);
      void closeShown(data.ids as string[]);
    }),
    device.onAfresh(() => void recount()),
    effect(() => showOnIcon(unread.value)),
  ];
  const opened = (event: MessageEvent) => isOpen(event.data) && go(event.data.open);
  navigator.serviceWorker?.addEventListener("message", opened);
  void renewPush(userId);
  return () => {
    // While it is still shown on the icon.
    unread.value = 0;
    for (const off of offs) off();
    navigator.serviceWorker?.removeEventListener("message", opened);
  };
}

export async function markRead(notification: Notification): Promise<void> {
  if (notification.read_at) return;
  await attempt(async () => void closeShown((await asked(api.read(notification.id))).ids));
}

export async function markAllRead(newest: Notification): Promise<void> {
  await attempt(async () => void closeShown((await asked(api.readAll(newest.created_at))).ids));
}

export async function remove(notification: Notification): Promise<void> {
  await attempt(() => api.remove(notification.id));
}

/** To where it leads; whoever goes there has read it. */
export function follow(notification: Notification): void {
  void markRead(notification);
  const path = pathOf(notification);
  if (path) go(path);
}

async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    toast(asProblem(error).message, { tone: "error" });
  }
}

function counted(data: Record<string, unknown>): void {
  told += 1;
  unread.value = data.unread as number;
}

/** A count that was asked for; what an event has told meanwhile is newer, or the event of this one follows. */
async function asked<T extends { unread: number }>(answer: Promise<T>): Promise<T> {
  const before = told;
  const found = await answer;
  if (told === before) unread.value = found.unread;
  return found;
}

/** What fails here, the next event tells. */
async function recount(): Promise<void> {
  await asked(api.count()).catch(() => undefined);
}

/** A short note on the page, unless it is about what one looks at anyway. */
function announce(notification: Notification): void {
  const path = pathOf(notification);
  if (path?.split("?")[0] === location.pathname) return;
  if (route.peek().page === "notifications") return;
  toast(inShort(notification), {
    kind: notification.subject ?? notification.id,
    ...(path ? { action: { label: text.notifications.open, run: () => follow(notification) } } : {}),
  });
}

function inShort({ title, message }: Notification): string {
  const [first = ""] = message.split("\n");
  const words = first ? `${title}: ${first}` : title;
  return words.length > SHORT ? `${words.slice(0, SHORT - 1)}…` : words;
}

function showOnIcon(count: number): void {
  const shown = count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.();
  shown?.catch(() => undefined);
}

const isOpen = (message: unknown): message is { open: string } =>
  typeof message === "object" && message !== null && isPath((message as { open?: unknown }).open);
