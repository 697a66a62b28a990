/** Time stamps on the page's own time line, for measuring how long a join takes as people see it. */

/** The stations of a join, in the order in which they are passed. */
const STATIONS = [
  "join-click",
  /** The door has answered, with a ticket. */
  "admitted",
  /** The socket has answered, with roster and media session. */
  "entered",
  /** The data channel to the media node is open. */
  "media-open",
  "first-remote-frame",
] as const;
type Station = (typeof STATIONS)[number];

export function markJoin(): void {
  for (const name of STATIONS) performance.clearMarks(`convoke:${name}`);
  mark("join-click");
}

/** The first time only: what comes later in a meeting is no part of its join. */
export function mark(station: Station): void {
  const name = `convoke:${station}`;
  if (performance.getEntriesByName(name).length === 0) performance.mark(name);
}

/** When the first picture of anyone else is shown; later ones do not count. */
export function markFirstFrame(video: HTMLVideoElement): void {
  const shown = () => mark("first-remote-frame");
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(shown);
  else (video as HTMLVideoElement).addEventListener("loadeddata", shown, { once: true });
}

/** Times in ms since the page was loaded, by name without its prefix. */
export function marks(): Record<string, number> {
  const ours = performance.getEntriesByType("mark").filter((m) => m.name.startsWith("convoke:"));
  return Object.fromEntries(ours.map((m) => [m.name.slice("convoke:".length), m.startTime]));
}
