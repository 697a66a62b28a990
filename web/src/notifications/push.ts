/** Pushes to this browser: asked for once by its owner, kept up by every page that starts, ended on wish. */

import { signal } from "@preact/signals";
import { deviceOf } from "../identity/device.ts";
import { remember, remembered } from "../ui/memory.ts";
import * as api from "./api.ts";

/** `blocked`: the owner has told the browser so; only there it can be undone. */
export type PushState = "unsupported" | "blocked" | "off" | "on";

/** What this browser remembers: for whom it was turned on, and its name on the server. */
interface Kept {
  userId: string;
  id: string;
}

const WORKER = "/service-worker.js";
const KEPT = "push";

export const pushState = signal<PushState>("off");

export const isPushPossible = (): boolean =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/**
 * At the start of a page: what its owner has turned on is made known again. A subscription that is left from
 * somebody else who was signed in here is ended: this browser must not show their messages.
 */
export async function renewPush(userId: string): Promise<void> {
  pushState.value = found(userId);
  if (!isPushPossible()) return;
  try {
    if (pushState.value === "on") await join(userId);
    else await (await subscription())?.unsubscribe();
  } catch {
    // Without a network, or without the browser's push service: the next start tries again.
  }
}

/** Only upon a click: browsers refuse to ask otherwise, and people should know why they are asked. */
export async function turnOn(userId: string): Promise<PushState> {
  if (!isPushPossible()) return found(userId);
  const permission = await Notification.requestPermission();
  if (permission === "granted") await join(userId);
  pushState.value = found(userId);
  return pushState.value;
}

export async function turnOff(userId: string): Promise<void> {
  const kept = remembered<Kept | null>(KEPT, null);
  remember(KEPT, null);
  pushState.value = found(userId);
  await (await subscription())?.unsubscribe();
  if (kept) await api.removePushDevice(kept.id).catch(() => undefined);
}

/** This device was removed from the list, here or elsewhere. */
export async function forgetIf(id: string, userId: string): Promise<void> {
  if (remembered<Kept | null>(KEPT, null)?.id === id) await turnOff(userId);
}

/** What was read somewhere need not stand in the device's own list any longer. */
export async function closeShown(ids: string[] | "all"): Promise<void> {
  const registration = isPushPossible() ? await navigator.serviceWorker.getRegistration(WORKER) : undefined;
  for (const shown of (await registration?.getNotifications()) ?? []) {
    if (ids === "all" || ids.includes((shown.data as { id?: string } | null)?.id ?? "")) shown.close();
  }
}

function found(userId: string): PushState {
  if (!isPushPossible()) return "unsupported";
  if (Notification.permission === "denied") return "blocked";
  const mine = remembered<Kept | null>(KEPT, null)?.userId === userId;
  return mine && Notification.permission === "granted" ? "on" : "off";
}

async function join(userId: string): Promise<void> {
  const { key } = await api.pushKey();
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  const fits = known && isSame(known.options.applicationServerKey, bytesOf(key));
  // With another key its service would refuse what is sent.
  if (known && !fits) await known.unsubscribe();
  const subscribed = fits
    ? known
    : await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
  const { id } = await api.addPushDevice(subscribed.toJSON(), name());
  remember(KEPT, { userId, id } satisfies Kept);
}

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

function name(): string {
  const [browser, system] = deviceOf(navigator.userAgent);
  return [browser, system].filter(Boolean).join(" · ") || navigator.platform || "?";
}

/** Base64url, as the server tells its key. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function isSame(one: ArrayBuffer | null, other: Uint8Array): boolean {
  const bytes = new Uint8Array(one ?? new ArrayBuffer(0));
  return bytes.length === other.length && bytes.every((byte, at) => byte === other[at]);
}
