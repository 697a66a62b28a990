/** What an event of the socket means for the one who gets it. Pure. */

import type { ScopedEvent } from "../delivery/sequence.ts";
import type { GoneReason } from "./stages.ts";

export type Consequence =
  | { do: "nothing" }
  /** It is about the chat. */
  | { do: "chat" }
  /** It changes what is known of the room. */
  | { do: "room" }
  /** Ask again to come in: the host has said yes. */
  | { do: "knock" }
  /** Come in again by the front door: the server has given this participant up. */
  | { do: "return" }
  | { do: "mute" }
  /** A host speaks to all breakout rooms. */
  | { do: "said"; name: string; words: string }
  | { do: "gone"; reason: GoneReason };

export interface Recipient {
  meetingId: string | undefined;
  participantId: string | undefined;
}

export function consequenceOf(event: ScopedEvent, me: Recipient): Consequence {
  const { data } = event;
  if (data.meeting_id !== undefined && data.meeting_id !== me.meetingId) return { do: "nothing" };
  if (/^(message|chat)\./.test(event.event)) return { do: "chat" };
  if (event.event === "breakouts.message")
    return { do: "said", name: String(data.display_name), words: String(data.text) };
  const mine = data.participant_id === me.participantId;
  if (event.scope === "user" && mine) return verdict(event.event);
  if (event.event === "participant.left" && mine) return putOut(String(data.reason ?? ""));
  return { do: "room" };
}

/** Events to this person about themselves. */
function verdict(event: string): Consequence {
  switch (event) {
    case "lobby.admitted":
      return { do: "knock" };
    case "lobby.denied":
      return { do: "gone", reason: "denied" };
    case "participant.removed":
      return { do: "gone", reason: "removed" };
    case "mute.requested":
      return { do: "mute" };
    default:
      return { do: "nothing" };
  }
}

function putOut(reason: string): Consequence {
  switch (reason) {
    case "kicked":
      return { do: "gone", reason: "removed" };
    case "meeting_ended":
      return { do: "gone", reason: "ended" };
    case "voluntary":
      return { do: "gone", reason: "left" };
    default:
      return { do: "return" };
  }
}
