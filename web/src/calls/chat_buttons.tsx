/** Call from the head of a conversation, or a person from wherever they stand. */

import { text } from "../text.ts";
import { IconButton } from "../ui/controls.tsx";
import type { Target } from "./api.ts";
import { current, startCall } from "./state.ts";

const words = text.calls;

interface ChatToCall {
  id: string;
  kind: string;
  writable?: boolean;
  member_count: number;
}

export function CallButtons({ chat }: { chat: ChatToCall }) {
  if (chat.kind === "meeting" || chat.writable === false || chat.member_count < 2) return null;
  return <Buttons target={{ chatId: chat.id }} audio={words.audio} video={words.video} />;
}

export function CallPerson({ userId, name }: { userId: string; name: string }) {
  return (
    <Buttons target={{ userIds: [userId] }} audio={words.callPerson(name)} video={words.videoPerson(name)} />
  );
}

function Buttons({ target, audio, video }: { target: Target; audio: string; video: string }) {
  const engaged = current.value !== null && current.value.phase.value !== "over";
  return (
    <>
      <IconButton
        icon="call"
        tone="quiet"
        tip="down"
        label={audio}
        disabled={engaged}
        onClick={() => void startCall(target, "audio")}
      />
      <IconButton
        icon="camera"
        tone="quiet"
        tip="down"
        label={video}
        disabled={engaged}
        onClick={() => void startCall(target, "video")}
      />
    </>
  );
}
