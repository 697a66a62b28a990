/** Beside every page while somebody is signed in: hears how people are, and tells whether one is here oneself. */

import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { device } from "../delivery/device.ts";
import { type Activity, Idle } from "./idle.ts";
import type { Presence } from "./model.ts";
import { following, minute } from "./state.ts";

// The server forgets a watch after 10 minutes.
const RENEW_MS = 5 * 60_000;
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel"] as const;

export function PresenceInBackground() {
  useEffect(hear, []);
  useEffect(tell, []);
  return null;
}

function hear(): () => void {
  const offChanged = device.on("presence.changed", (event) =>
    following.take(event.data as unknown as Presence),
  );
  const offOpen = effect(() => {
    if (device.state.value === "open") following.renew();
  });
  const renewing = setInterval(() => following.renew(), RENEW_MS);
  const ticking = setInterval(() => {
    minute.value = Date.now();
    following.retry();
  }, 60_000);
  return () => {
    offChanged();
    offOpen();
    clearInterval(renewing);
    clearInterval(ticking);
    following.forget();
  };
}

function tell(): () => void {
  const report = (state: Activity) => {
    // Without a connection nothing is lost: a new one says it again.
    if (device.state.value === "open") device.request("presence.update", { state }).catch(() => undefined);
  };
  const idle = new Idle(report);
  const touch = () => idle.touch();
  const look = () => (document.visibilityState === "hidden" ? idle.hide() : idle.show());
  for (const name of TOUCHES) addEventListener(name, touch, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  // A new connection counts as somebody who is here.
  const offOpen = effect(() => {
    if (device.state.value === "open" && idle.activity === "away") report("away");
  });
  return () => {
    for (const name of TOUCHES) removeEventListener(name, touch, { capture: true });
    document.removeEventListener("visibilitychange", look);
    offOpen();
    idle.stop();
  };
}
