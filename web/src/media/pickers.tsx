/** Choosing devices, with a meter that shows whether the microphone hears anything. */

import { useEffect, useId, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { meter } from "./level.ts";
import type { LocalMedia } from "./local.ts";

const words = text.prejoin;

export function DevicePickers({ local }: { local: LocalMedia }) {
  const { microphones, cameras, speakers } = local.devices.value;
  const inUse = (track: MediaStreamTrack | null) => track?.getSettings().deviceId ?? "";
  return (
    <div class="pickers">
      <Picker
        icon="mic"
        label={words.microphoneLabel}
        devices={microphones}
        value={inUse(local.micTrack.value) || local.micId.value || ""}
        onChoose={(id) => void local.chooseMicrophone(id)}
      />
      <Level track={local.micTrack.value} />
      <Picker
        icon="camera"
        label={words.cameraLabel}
        devices={cameras}
        value={inUse(local.cameraTrack.value) || local.cameraId.value || ""}
        onChoose={(id) => void local.chooseCamera(id)}
      />
      {speakers.length > 0 && (
        <Picker
          icon="sound"
          label={words.speakerLabel}
          devices={speakers}
          value={local.speakerId.value ?? ""}
          onChoose={(id) => {
            local.speakerId.value = id || null;
          }}
        />
      )}
    </div>
  );
}

interface PickerProps {
  icon: IconName;
  label: string;
  devices: MediaDeviceInfo[];
  value: string;
  onChoose(id: string): void;
}

function Picker({ icon, label, devices, value, onChoose }: PickerProps) {
  const id = useId();
  const known = devices.some((d) => d.deviceId === value);
  return (
    <div class="picker">
      <label for={id}>
        <Icon name={icon} size={18} />
        <span class="visually-hidden">{label}</span>
      </label>
      <select
        id={id}
        value={known ? value : ""}
        disabled={devices.length === 0}
        onChange={(e) => onChoose(e.currentTarget.value)}
      >
        {(!known || devices.length === 0) && (
          <option value="">
            {devices.length === 0 ? `${label}: ${words.noDevice}` : words.systemDefault}
          </option>
        )}
        {devices.map((d, index) => (
          <option key={d.deviceId} value={d.deviceId}>
            {d.label || `${label} ${index + 1}`}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Level({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!track) return;
    // Straight to the element: twenty renders a second would be wasted on one number.
    return meter(track, (level) => {
      bar.current?.style.setProperty("--level", level.toFixed(2));
      bar.current?.setAttribute("aria-valuenow", String(Math.round(level * 100)));
    });
  }, [track]);
  return (
    <div
      ref={bar}
      class="level"
      role="meter"
      aria-label={words.level}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={0}
    />
  );
}
