import { describe, expect, test } from "vitest";
import { fitTiles, focusOf, MAX_TILES, ordered, pageSize, pagesOf } from "../../src/meetings/layout.ts";

describe("the grid", () => {
  const spaces = [
    [1280, 600],
    [360, 560],
    [740, 300],
    [1920, 980],
    [820, 1100],
  ] as const;

  test.each(spaces)("fits 1 to 25 tiles into %i × %i without scrolling", (width, height) => {
    for (let count = 1; count <= MAX_TILES; count++) {
      const { columns, rows, width: w, height: h } = fitTiles(width, height, count, 8);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      expect(columns * w + (columns - 1) * 8).toBeLessThanOrEqual(width);
      expect(rows * h + (rows - 1) * 8).toBeLessThanOrEqual(height);
      expect(w).toBeGreaterThan(0);
      expect(w / h).toBeLessThan(1.85);
      expect(w / h).toBeGreaterThan(0.95);
    }
  });

  test("has room for 25 tiles on a desktop and for fewer on a phone", () => {
    expect(pageSize(1600, 900)).toBe(25);
    expect(pageSize(360, 560)).toBe(8);
    expect(pageSize(10, 10)).toBe(1);
  });

  test("has pages beyond that, and one empty page of nobody", () => {
    expect(pagesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(pagesOf([], 2)).toEqual([[]]);
  });
});

describe("the order of tiles", () => {
  const people = ["d", "c", "b", "a", "me"].map((id) => ({
    id,
    joined_at: `2026-01-01T00:00:0${id.charCodeAt(0) - 97}Z`,
  }));
  const order = (spoke: [string, number][], size: number) =>
    ordered(people, "me", new Map(spoke), size).map((p) => p.id);

  test("is oneself, then by arrival", () => {
    expect(order([], 9)).toEqual(["me", "a", "b", "c", "d"]);
    expect(order([["d", 5]], 9)).toEqual(["me", "a", "b", "c", "d"]);
  });

  test("brings a speaker from a later page to the first, in place of whoever was silent longest", () => {
    expect(order([["d", 5]], 3)).toEqual(["me", "a", "d", "c", "b"]);
    expect(
      order(
        [
          ["d", 5],
          ["b", 9],
        ],
        3,
      ),
    ).toEqual(["me", "d", "b", "c", "a"]);
  });

  test("leaves the first page alone when its people spoke later", () => {
    expect(
      order(
        [
          ["a", 8],
          ["b", 9],
          ["d", 5],
        ],
        3,
      ),
    ).toEqual(["me", "a", "b", "c", "d"]);
  });
});

describe("who is large", () => {
  const view = {
    layout: "grid",
    pinned: null,
    screens: [],
    speaker: null,
    others: ["a", "b"],
    selfId: "me",
  } as const;

  test("is nobody in a plain grid", () => expect(focusOf(view)).toBeNull());
  test("is a shared screen in any layout, the latest of several", () => {
    expect(focusOf({ ...view, screens: ["a", "b"] })).toEqual({ kind: "screen", participantId: "b" });
  });
  test("is the pinned person rather than a screen or the speaker", () => {
    const pinned = { ...view, layout: "speaker", pinned: "a", screens: ["b"], speaker: "b" } as const;
    expect(focusOf(pinned)).toEqual({ kind: "person", participantId: "a" });
  });
  test("is the screen of a pinned presenter", () => {
    expect(focusOf({ ...view, pinned: "a", screens: ["a", "b"] })).toEqual({
      kind: "screen",
      participantId: "a",
    });
  });
  test("is the speaker in speaker view, never oneself, and someone when nobody has spoken", () => {
    expect(focusOf({ ...view, layout: "speaker", speaker: "b" })).toEqual({
      kind: "person",
      participantId: "b",
    });
    expect(focusOf({ ...view, layout: "speaker", speaker: "me" })).toEqual({
      kind: "person",
      participantId: "a",
    });
    expect(focusOf({ ...view, layout: "speaker" })).toEqual({ kind: "person", participantId: "a" });
  });
  test("is nobody when one is alone, or the pinned one has left", () => {
    expect(focusOf({ ...view, layout: "speaker", others: [] })).toBeNull();
    expect(focusOf({ ...view, pinned: "gone" })).toBeNull();
  });
});
