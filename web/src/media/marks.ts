/** Time stamps on the page's own time line, for measuring how long a join takes as people see it. */

const JOIN_CLICK = "convoke:join-click";
const FIRST_REMOTE_FRAME = "convoke:first-remote-frame";

export function markJoin(): void {
  for (const name of [JOIN_CLICK, FIRST_REMOTE_FRAME]) performance.clearMarks(name);
  performance.mark(JOIN_CLICK);
}

/** When the first picture of anyone else is shown; later ones do not count. */
export function markFirstFrame(video: HTMLVideoElement): void {
  const mark = () => {
    if (performance.getEntriesByName(FIRST_REMOTE_FRAME).length === 0) performance.mark(FIRST_REMOTE_FRAME);
  };
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(mark);
  else (video as HTMLVideoElement).addEventListener("loadeddata", mark, { once: true });
}

/** Times in ms since the page was loaded, by name without its prefix. */
export function marks(): Record<string, number> {
  const ours = performance.getEntriesByType("mark").filter((m) => m.name.startsWith("convoke:"));
  return Object.fromEntries(ours.map((m) => [m.name.slice("convoke:".length), m.startTime]));
}
