/** Calls of this page: the one it is in, and those that ring. There is one of these for all pages. */

import { batch, signal } from "@preact/signals";
import { device } from "../delivery/device.ts";
import { asProblem } from "../delivery/problem.ts";
import type { ScopedEvent } from "../delivery/sequence.ts";
import { user } from "../identity/session.ts";
import { go, route } from "../router.ts";
import { text } from "../text.ts";
import { badges } from "../ui/badges.ts";
import { remember, remembered } from "../ui/memory.ts";
import { toast } from "../ui/toasts.ts";
import type { Target } from "./api.ts";
import * as api from "./api.ts";
import { CurrentCall } from "./current.ts";
import { type Call, type InCall, isOlder, isOpen, type MediaType, stateOf } from "./model.ts";

export const current = signal<CurrentCall | null>(null);
export const incoming = signal<readonly Call[]>([]);
/** Rings without a sound: somebody has pressed Escape. */
export const silenced = signal<ReadonlySet<string>>(new Set());
/** Rises with each call that changes: lists load anew by it. */
export const changed = signal(0);
/** Missed, and not yet seen in the list. */
let missed = new Set<string>();
/** Calls that are told of, or dealt with, while what rings is being asked for: that answer may be from before. */
let heard: Set<string> | null = null;

/** Call into a chat, or people. Where a call goes on there already, this comes into it. */
export async function startCall(target: Target, mediaType: MediaType): Promise<void> {
  await take(new CurrentCall(mediaType, null), () => api.start(target, mediaType));
}

export async function answerCall(call: Call, mediaType: MediaType): Promise<void> {
  drop(call.id);
  await take(new CurrentCall(mediaType, call), () => api.answer(call.id));
}

/** Into a call that goes on, from its message or the history. */
export async function joinCall(callId: string, mediaType: MediaType): Promise<void> {
  drop(callId);
  const known = await api.read(callId).catch((error) => {
    toast(asProblem(error).message, { tone: "error" });
    return null;
  });
  if (known) await take(new CurrentCall(mediaType, known), () => api.come(callId));
}

export async function declineCall(call: Call): Promise<void> {
  drop(call.id);
  await api.decline(call.id).catch((error) => toast(asProblem(error).message, { tone: "error" }));
}

/** Away from the screen, after the end of a call. */
export function closeCall(which: CurrentCall): void {
  which.dispose();
  if (current.value === which) current.value = null;
}

export function missedSeen(): void {
  remember("callsSeen", new Date().toISOString());
  missed = new Set();
  badges.calls.value = 0;
}

/** Listens as long as somebody is signed in. */
export function listen(): () => void {
  const stops = [
    device.on("call.ringing", (event) => rings(callOf(event))),
    device.on("call.updated", (event) => updated(callOf(event))),
    device.on("call.ended", (event) => ended(callOf(event))),
    device.on("call.answered_elsewhere", (event) => answeredElsewhere(String(event.data.call_id))),
    device.onAfresh(() => void load().catch(() => undefined)),
  ];
  return () => {
    for (const stop of stops) stop();
    incoming.value = [];
    missed = new Set();
    badges.calls.value = 0;
    if (current.value) closeCall(current.value);
  };
}

async function take(call: CurrentCall, ask: () => Promise<InCall>): Promise<void> {
  if (current.value && current.value.phase.value !== "over") {
    toast(text.calls.busyHere);
    return;
  }
  if (current.value) closeCall(current.value);
  current.value = call;
  if (route.value.page === "meeting") {
    // One place at a time: the meeting is left, and its page with it, before the call is entered.
    go("/calls");
    await new Promise((done) => setTimeout(done));
  }
  await call.begin(ask);
  // Two who called each other at the same moment: what rang here is this very call.
  if (call.call.value) drop(call.call.value.id);
}

const callOf = (event: ScopedEvent): Call => event.data.call as Call;

function rings(call: Call): void {
  heard?.add(call.id);
  const mine = current.value?.call.value?.id === call.id && current.value.phase.value !== "over";
  if (mine || stateOf(call, user.value?.id) !== "ringing") return;
  incoming.value = [...incoming.value.filter((other) => other.id !== call.id), call];
}

function updated(call: Call): void {
  batch(() => {
    changed.value += 1;
    current.value?.told(call);
    const known = incoming.value.find((other) => other.id === call.id);
    if (known && isOlder(call, known)) return;
    if (stateOf(call, user.value?.id) !== "ringing") drop(call.id);
    else incoming.value = incoming.value.map((other) => (other === known ? call : other));
  });
}

function ended(call: Call): void {
  updated(call);
  drop(call.id);
  if (stateOf(call, user.value?.id) !== "missed" || route.value.page === "calls") return;
  badges.calls.value = missed.add(call.id).size;
}

/** Said to all of one's devices, this one too. */
function answeredElsewhere(callId: string): void {
  drop(callId);
}

function drop(callId: string): void {
  heard?.add(callId);
  if (incoming.value.some((call) => call.id === callId))
    incoming.value = incoming.value.filter((call) => call.id !== callId);
  if (silenced.value.has(callId)) silenced.value = new Set([...silenced.value].filter((id) => id !== callId));
}

async function load(): Promise<void> {
  const since = new Set<string>();
  heard = since;
  const [ringing, going, late] = await Promise.all([
    api.ringingNow(),
    api.goingOn(),
    api.history("missed", null),
    current.value?.check().catch(() => undefined),
  ]);
  // Another one is on its way, and hears what this one would not.
  if (heard !== since) return;
  heard = null;
  const here = current.value?.call.value?.id;
  const asked = [...ringing.items, ...going.items].filter((call) => isOpen(call) && call.id !== here);
  incoming.value = [
    ...asked.filter((call) => !since.has(call.id)),
    ...incoming.value.filter((call) => since.has(call.id)),
  ];
  const seen = remembered<string>("callsSeen", "");
  for (const call of late.items) if (call.created_at > seen) missed.add(call.id);
  badges.calls.value = missed.size;
  changed.value += 1;
}
