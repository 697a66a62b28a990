import { expect, test } from "vitest";
import { excerpt, type Range } from "../../src/chat/excerpt.ts";

const shown = (content: string, ranges: Range[]) =>
  excerpt(content, ranges)
    .map(({ text, marked }) => (marked ? `[${text}]` : text))
    .join("");

test("what was found is marked, counted in characters and not in halves of them", () => {
  expect(
    shown("👩‍🚀 to the moon and the Moon", [
      [4, 6],
      [11, 15],
    ]),
  ).toBe("👩‍🚀 [to] the [moon] and the Moon");
  expect(shown("nothing", [])).toBe("nothing");
});

test("of a long message the part around the first find is shown", () => {
  const long = `${"a ".repeat(200)}needle${" b".repeat(200)}`;
  const found = shown(long, [[400, 406]]);
  expect(found).toContain("[needle]");
  expect(found.startsWith("…") && found.endsWith("…")).toBe(true);
  expect([...found].length).toBeLessThan(170);
});

test("ranges that make no sense harm nothing", () => {
  expect(
    shown("abc", [
      [2, 99],
      [1, 2],
      [-5, -1],
      [50, 60],
    ]),
  ).toBe("ab[c]");
});
