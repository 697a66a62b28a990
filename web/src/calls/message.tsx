/** A call as a message in its chat: what became of it, and how to get back to it. */

import type { CallNote } from "../chat/model.ts";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { duration, isOpen } from "./model.ts";
import { current, joinCall, startCall } from "./state.ts";

const words = text.calls;

export function CallMessage({ call, chatId }: { call: CallNote; chatId: string }) {
  const mine = call.initiator_id === user.value?.id;
  const here = current.value?.call.value?.id === call.call_id && current.value.phase.value !== "over";
  const video = call.media_type === "video";
  const unanswered = !mine && ["missed", "cancelled", "busy"].includes(call.status);
  return (
    <div class={unanswered ? "call-message missed" : "call-message"} data-call-status={call.status}>
      <span class="call-message-icon">
        <Icon name={video ? "camera" : "call"} size={18} />
      </span>
      <span class="call-message-what">
        <strong>{titleOf(call, unanswered)}</strong>
        <small>{detailOf(call, mine)}</small>
      </span>
      {isOpen(call)
        ? !here && (
            <Button tone="primary" onClick={() => void joinCall(call.call_id, call.media_type)}>
              {words.join}
            </Button>
          )
        : !mine && (
            <Button tone="quiet" onClick={() => void startCall({ chatId }, call.media_type)}>
              {words.message.callBack}
            </Button>
          )}
    </div>
  );
}

function titleOf(call: CallNote, unanswered: boolean): string {
  const { audio, video, missed, missedVideo } = words.message;
  if (unanswered) return call.media_type === "video" ? missedVideo : missed;
  return call.media_type === "video" ? video : audio;
}

function detailOf(call: CallNote, mine: boolean): string {
  switch (call.status) {
    case "ringing":
      return words.state.ringing;
    case "answered":
      return words.state.ongoing;
    case "ended":
      return duration(call.duration_seconds ?? 0);
    case "declined":
      return mine ? words.state.declined : words.state.declinedByYou;
    case "busy":
      return mine ? words.state.theyWereBusy : words.state.busy;
    case "cancelled":
      return words.state.cancelled;
    case "missed":
      return mine ? words.state.noAnswer : "";
  }
}
