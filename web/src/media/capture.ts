/** How large to capture and how much to send: decided by what the machine can encode. */

export interface CameraQuality {
  width: number;
  height: number;
  frameRate: number;
  maxBitrate: number;
}

/**
 * Software VP8 at 720p30 takes 30–50 % of a core, and every received picture has to be decoded beside it:
 * small machines and phones stay responsive with less.
 */
export function cameraQuality(cores: number, phone: boolean): CameraQuality {
  if (cores <= 2) return { width: 640, height: 360, frameRate: 20, maxBitrate: 500_000 };
  if (cores <= 4 || phone) return { width: 960, height: 540, frameRate: 24, maxBitrate: 1_000_000 };
  return { width: 1280, height: 720, frameRate: 30, maxBitrate: 1_700_000 };
}

export const isPhone = (): boolean => matchMedia("(pointer: coarse) and (max-width: 900px)").matches;

export const SCREEN = { frameRate: 15, maxBitrate: 2_500_000 };
export const MICROPHONE_BITRATE = 40_000;

export function cameraConstraints(quality: CameraQuality, deviceId: string | null): MediaTrackConstraints {
  return {
    width: { ideal: quality.width },
    height: { ideal: quality.height },
    frameRate: { ideal: quality.frameRate, max: 30 },
    ...(deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" }),
  };
}

export function microphoneConstraints(deviceId: string | null): MediaTrackConstraints {
  return {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(deviceId ? { deviceId: { exact: deviceId } } : {}),
  };
}

export type DeviceState = "off" | "asking" | "ready" | "denied" | "missing" | "busy" | "failed";

/** What a refused getUserMedia means for the user. Names by the Media Capture spec and what browsers throw. */
export function deviceFault(name: string): DeviceState {
  switch (name) {
    case "NotAllowedError":
    case "SecurityError":
    case "PermissionDeniedError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotReadableError":
    case "AbortError":
    case "TrackStartError":
      return "busy";
    default:
      return "failed";
  }
}
