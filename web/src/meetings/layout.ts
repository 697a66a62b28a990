/** Where tiles go: the largest equal tiles that fit without scrolling, pages beyond that. Pure geometry. */

export interface Grid {
  columns: number;
  rows: number;
  width: number;
  height: number;
}

export const MAX_TILES = 25;
export const MAX_TILES_PHONE = 8;
const ASPECT = 16 / 9;

/** Lengths in CSS pixels. Narrow spaces may use squarer tiles, so that a phone is filled better. */
export function fitTiles(width: number, height: number, count: number, gap: number): Grid {
  const squarest = width < 600 ? 1 : 4 / 3;
  let best: Grid = { columns: 1, rows: Math.max(1, count), width: 0, height: 0 };
  for (let columns = 1; columns <= Math.max(1, count); columns++) {
    const rows = Math.ceil(count / columns) || 1;
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    if (cellWidth <= 0 || cellHeight <= 0) continue;
    const aspect = Math.min(ASPECT, Math.max(squarest, cellWidth / cellHeight));
    const tileWidth = Math.floor(Math.min(cellWidth, cellHeight * aspect));
    const tileHeight = Math.floor(Math.min(cellHeight, tileWidth / aspect));
    if (tileWidth * tileHeight > best.width * best.height) {
      best = { columns, rows, width: tileWidth, height: tileHeight };
    }
  }
  return best;
}

/** How many tiles a page may have, so that none gets narrower than can be made out. */
export function pageSize(width: number, height: number): number {
  const phone = width < 600;
  const smallest = phone ? 130 : 190;
  for (let count = phone ? MAX_TILES_PHONE : MAX_TILES; count > 1; count--) {
    if (fitTiles(width, height, count, 8).width >= smallest) return count;
  }
  return 1;
}

export function pagesOf<T>(items: readonly T[], size: number): T[][] {
  const pages: T[][] = [];
  for (let from = 0; from < items.length; from += size) pages.push(items.slice(from, from + size));
  return pages.length > 0 ? pages : [[]];
}

/**
 * Order for the grid: oneself first, then by arrival. With more than one page those who spoke lately are
 * taken to the first page, keeping everyone else where they were.
 */
export function ordered<P extends { id: string; joined_at: string | null }>(
  people: readonly P[],
  selfId: string,
  spokeAt: ReadonlyMap<string, number>,
  size: number,
): P[] {
  const arrival = (p: P) => (p.id === selfId ? "" : (p.joined_at ?? "9"));
  const base = [...people].sort((a, b) => (arrival(a) < arrival(b) ? -1 : arrival(a) > arrival(b) ? 1 : 0));
  if (base.length <= size) return base;
  const late = base.slice(size).filter((p) => spokeAt.has(p.id));
  late.sort((a, b) => (spokeAt.get(b.id) ?? 0) - (spokeAt.get(a.id) ?? 0));
  const first = base.slice(0, size);
  for (const speaker of late) {
    // Swap with the one on the first page who has been silent longest, if silent for longer than the speaker.
    const quiet = first
      .filter((p) => p.id !== selfId && (spokeAt.get(p.id) ?? 0) < (spokeAt.get(speaker.id) ?? 0))
      .sort(
        (a, b) => (spokeAt.get(a.id) ?? 0) - (spokeAt.get(b.id) ?? 0) || first.indexOf(b) - first.indexOf(a),
      )[0];
    if (!quiet) break;
    const from = base.indexOf(speaker);
    const to = base.indexOf(quiet);
    base[to] = speaker;
    base[from] = quiet;
    first[first.indexOf(quiet)] = speaker;
  }
  return base;
}

export type Focus = { kind: "screen"; participantId: string } | { kind: "person"; participantId: string };

/** Who is large: the pinned, else a shared screen, else (in speaker view) whoever speaks. Null: a plain grid. */
export function focusOf(view: {
  layout: "grid" | "speaker";
  pinned: string | null;
  screens: readonly string[];
  speaker: string | null;
  others: readonly string[];
  selfId: string;
}): Focus | null {
  const { pinned, screens } = view;
  if (pinned && (view.others.includes(pinned) || pinned === view.selfId)) {
    return { kind: screens.includes(pinned) ? "screen" : "person", participantId: pinned };
  }
  const screen = screens.at(-1);
  if (screen) return { kind: "screen", participantId: screen };
  if (view.layout === "grid" || view.others.length === 0) return null;
  const speaker = view.speaker && view.others.includes(view.speaker) ? view.speaker : view.others[0];
  return speaker ? { kind: "person", participantId: speaker } : null;
}
