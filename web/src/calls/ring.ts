/** The sound of a call and the title of the page while it rings, made here so that no file is needed. */

interface Note {
  at: number;
  hertz: number;
  seconds: number;
}

/** Seconds until it begins anew, and what is heard in them. */
const TUNES: Record<"in" | "out", { every: number; notes: Note[] }> = {
  in: {
    every: 2.4,
    notes: [
      { at: 0, hertz: 587, seconds: 0.28 },
      { at: 0.32, hertz: 740, seconds: 0.28 },
      { at: 0.64, hertz: 880, seconds: 0.5 },
    ],
  },
  out: { every: 4, notes: [{ at: 0, hertz: 425, seconds: 1 }] },
};
const LOUDNESS = { in: 0.14, out: 0.05 };
const GESTURES = ["pointerdown", "keydown"] as const;

/** Rings until the returned function is called; from the first gesture on where the browser asks for one. */
export function startRinging(tune: "in" | "out"): () => void {
  let stop = (): void => undefined;
  const begin = () => {
    for (const gesture of GESTURES) removeEventListener(gesture, begin, true);
    stop = play(tune);
  };
  if (navigator.userActivation?.hasBeenActive === false) {
    for (const gesture of GESTURES) addEventListener(gesture, begin, true);
    stop = () => {
      for (const gesture of GESTURES) removeEventListener(gesture, begin, true);
    };
  } else begin();
  return () => stop();
}

function play(tune: "in" | "out"): () => void {
  if (!("AudioContext" in window)) return () => undefined;
  const context = new AudioContext();
  const { every, notes } = TUNES[tune];
  const round = () => {
    for (const note of notes) sound(context, note, LOUDNESS[tune]);
  };
  round();
  const timer = setInterval(round, every * 1000);
  return () => {
    clearInterval(timer);
    void context.close().catch(() => undefined);
  };
}

function sound(context: AudioContext, { at, hertz, seconds }: Note, loudness: number): void {
  const from = context.currentTime + at;
  const tone = context.createOscillator();
  const level = context.createGain();
  tone.frequency.value = hertz;
  // Swelling and fading: a sine that is cut off clicks.
  level.gain.setValueAtTime(0, from);
  level.gain.linearRampToValueAtTime(loudness, from + 0.03);
  level.gain.setValueAtTime(loudness, from + seconds - 0.06);
  level.gain.linearRampToValueAtTime(0, from + seconds);
  tone.connect(level).connect(context.destination);
  tone.start(from);
  tone.stop(from + seconds);
}

const FLASH_MS = 1000;

/** Alternates with the page's own title, also where another tab is in front. */
export function flashTitle(words: string): () => void {
  let own = document.title;
  let shown = false;
  const timer = setInterval(() => {
    // The page may have set another one meanwhile.
    if (!shown || document.title !== words) own = document.title;
    shown = !shown;
    document.title = shown ? words : own;
  }, FLASH_MS);
  return () => {
    clearInterval(timer);
    if (document.title === words) document.title = own;
  };
}
