/**
 * When media stops: first an ICE restart, then a new session (perhaps on another node), then again and again
 * with back-off. A pure state machine: events in, state and effects out.
 */

import { backoff } from "../delivery/backoff.ts";

export type MediaPhase = "off" | "connecting" | "live" | "restarting" | "unavailable";

export interface Liveness {
  phase: MediaPhase;
  /** Data-channel pings without an answer. */
  missed: number;
  /** New sessions tried since media last worked. */
  attempt: number;
}

export type LivenessEvent =
  /** A session was granted: its connections are being set up. */
  | { type: "granted" }
  /** There is no media node, or the request for a session failed. */
  | { type: "refused" }
  /** The data channel is open: both directions work. */
  | { type: "open" }
  | { type: "pong" }
  /** Every PING_MS while a channel exists, and whenever a connection takes too long. */
  | { type: "tick" }
  /** The browser gave up on a connection. `channel`: is the data channel still answering? */
  | { type: "broken"; channel: boolean }
  /** The network has changed (other interface, back online), or the user asks for it. */
  | { type: "network"; channel: boolean }
  | { type: "restarted" }
  | { type: "restart_failed" }
  | { type: "drain" }
  | { type: "retry" }
  | { type: "stop" };

export type LivenessEffect =
  | { do: "ping" }
  /** ICE restart, offered over the data channel or (when the old path is dead) over the socket. */
  | { do: "restart"; over: "channel" | "socket" }
  | { do: "connect" }
  | { do: "retry"; after: number };

export const PING_MS = 2000;
export const MISSES = 3;
/** Ticks a new session may take until its channel opens: 10 s. */
const PATIENCE = 5;

export const idle: Liveness = { phase: "off", missed: 0, attempt: 0 };
type Step = [Liveness, LivenessEffect[]];

export function step(state: Liveness, event: LivenessEvent, random: () => number): Step {
  switch (event.type) {
    case "granted":
      return [{ ...state, phase: "connecting", missed: 0 }, []];
    case "refused":
      return refused(state, random);
    case "open":
      return [{ phase: "live", missed: 0, attempt: 0 }, []];
    case "pong":
      return [{ ...state, phase: state.phase === "restarting" ? "live" : state.phase, missed: 0 }, []];
    case "tick":
      return tick(state);
    case "broken":
    case "network":
      return state.phase === "live" ? restart(state, event.channel ? "channel" : "socket") : [state, []];
    case "restarted":
      return [{ ...state, missed: 0 }, []];
    case "restart_failed":
      return state.phase === "restarting"
        ? [{ ...state, phase: "connecting" }, [{ do: "connect" }]]
        : [state, []];
    case "drain":
      return state.phase === "off" ? [state, []] : [{ ...state, missed: 0 }, [{ do: "connect" }]];
    case "retry":
      return state.phase === "unavailable"
        ? [{ ...state, phase: "connecting", missed: 0 }, [{ do: "connect" }]]
        : [state, []];
    case "stop":
      return [idle, []];
  }
}

function tick(state: Liveness): Step {
  if (state.phase === "off" || state.phase === "unavailable") return [state, []];
  const missed = state.missed + 1;
  if (state.phase === "connecting") {
    const late = missed > PATIENCE;
    return late ? [{ ...state, missed: 0 }, [{ do: "connect" }]] : [{ ...state, missed }, []];
  }
  if (missed <= MISSES) return [{ ...state, missed }, [{ do: "ping" }]];
  if (state.phase === "live") return restart(state, "socket");
  return [{ ...state, phase: "connecting", missed: 0 }, [{ do: "connect" }]];
}

function restart(state: Liveness, over: "channel" | "socket"): Step {
  return [{ ...state, phase: "restarting", missed: 0 }, [{ do: "restart", over }]];
}

function refused(state: Liveness, random: () => number): Step {
  const after = backoff(state.attempt, random, 2000, 15_000);
  return [{ phase: "unavailable", missed: 0, attempt: state.attempt + 1 }, [{ do: "retry", after }]];
}
