import { expect, test } from "vitest";
import { pieces } from "../../src/chat/links.ts";

const hrefs = (content: string) => pieces(content).flatMap((p) => (p.href ? [p.href] : []));

test("an address becomes a link, the rest stays text", () => {
  expect(pieces("see https://a.example/b?c=1 now")).toEqual([
    { text: "see " },
    { text: "https://a.example/b?c=1", href: "https://a.example/b?c=1" },
    { text: " now" },
  ]);
});

test.each([
  ["(https://a.example/x)", "https://a.example/x"],
  ["https://a.example/x_(y).", "https://a.example/x_(y)"],
  ["Really? https://a.example/!", "https://a.example/"],
  ["HTTPS://A.example", "https://a.example/"],
])("punctuation of %j stays outside", (content, href) => {
  expect(hrefs(content)).toEqual([href]);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "http://",
  "<b>bold</b>",
  "xhttps://a.example",
])("%j is no link", (content) => {
  expect(hrefs(content)).toEqual([]);
  expect(
    pieces(content)
      .map((p) => p.text)
      .join(""),
  ).toBe(content);
});

test("nothing of what was written is lost", () => {
  const content = "a https://x.example, b https://y.example/(z)) c\nhttps://z.example";
  expect(
    pieces(content)
      .map((p) => p.text)
      .join(""),
  ).toBe(content);
});
