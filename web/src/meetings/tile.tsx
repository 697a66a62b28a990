/** One person, or one shared screen. */

import type { Quality } from "../media/quality.ts";
import { Video } from "../media/video.tsx";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { IconButton } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import type { Participant } from "./model.ts";

const words = text.meeting;

export interface TileProps {
  participant: Participant;
  self: boolean;
  track: MediaStreamTrack | null;
  speaking: boolean;
  quality: Quality | null;
  pinned: boolean;
  onPin(): void;
  large?: boolean;
}

export function Tile({
  participant,
  self,
  track,
  speaking,
  quality,
  pinned,
  onPin,
  large = false,
}: TileProps) {
  const name = self ? words.youSuffix(participant.display_name) : participant.display_name;
  const away = participant.connection === "reconnecting";
  const states = [
    participant.muted && words.muted,
    participant.hand_raised && words.handUp,
    speaking && words.speaking,
    away && words.away,
  ].filter((s) => typeof s === "string");
  return (
    <article
      class={`tile${speaking ? " speaking" : ""}${away ? " away" : ""}${large ? " large" : ""}`}
      aria-label={words.tile(name, states)}
      data-participant-id={participant.id}
      data-kind="camera"
    >
      {track ? (
        <Video track={track} mirror={self} remote={!self} />
      ) : (
        <Avatar
          name={participant.display_name}
          id={participant.id}
          url={participant.avatar_url}
          size={large ? "large" : "medium"}
        />
      )}
      {away && (
        <div class="tile-away">
          <span class="spinner small" aria-hidden="true" />
          {words.away}
        </div>
      )}
      <div class="tile-top">
        {participant.hand_raised && (
          <span class="tile-badge hand" title={words.handUp}>
            <Icon name="hand" size={16} />
          </span>
        )}
        <QualityBadge quality={quality} />
      </div>
      <footer class="tile-name">
        {participant.muted && (
          <span class="tile-muted" title={words.muted}>
            <Icon name="mic_off" size={14} />
          </span>
        )}
        <span dir="auto">{self ? words.you : participant.display_name}</span>
      </footer>
      <IconButton
        class="tile-pin"
        icon={pinned ? "unpin" : "pin"}
        size={16}
        tone={pinned ? "on" : "quiet"}
        tip="none"
        aria-pressed={pinned}
        label={pinned ? words.unpin(participant.display_name) : words.pin(participant.display_name)}
        onClick={onPin}
      />
    </article>
  );
}

function QualityBadge({ quality }: { quality: Quality | null }) {
  if (quality !== "fair" && quality !== "poor") return null;
  const label = quality === "poor" ? words.poor : words.weak;
  return (
    <span class={`tile-badge ${quality}`} role="img" aria-label={label} title={label}>
      <Icon name="signal" size={16} />
    </span>
  );
}

/** Another's shared screen: never cropped, never mirrored, with the presenter's name. */
export function ScreenTile({ presenter, track }: { presenter: Participant; track: MediaStreamTrack | null }) {
  return (
    <article
      class="tile screen large"
      aria-label={words.screenTile(presenter.display_name)}
      data-participant-id={presenter.id}
      data-kind="screen"
    >
      {track ? <Video track={track} contain remote /> : <span class="spinner" aria-hidden="true" />}
      <footer class="tile-name">
        <Icon name="screen" size={14} />
        <span dir="auto">{words.presents(presenter.display_name)}</span>
      </footer>
    </article>
  );
}
