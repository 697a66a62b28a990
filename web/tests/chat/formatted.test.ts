import { expect, test } from "vitest";
import { type Node, type Source, tree } from "../../src/chat/formatted.ts";

/** A DOM node as a parser would make it. */
function el(tag: string, ...children: (Source | string)[]): Source {
  const text = (value: string): Source => ({
    nodeType: 3,
    nodeName: "#text",
    nodeValue: value,
    childNodes: [],
  });
  return {
    nodeType: 1,
    nodeName: tag.toUpperCase(),
    nodeValue: null,
    childNodes: children.map((child) => (typeof child === "string" ? text(child) : child)),
    getAttribute: () => "alert(1)",
  };
}

const link = (href: string, words: string): Source => ({ ...el("a", words), getAttribute: () => href });

const shown = (...children: (Source | string)[]): Node[] => tree(el("body", ...children));

test("allowed elements stay, without any attribute", () => {
  expect(shown(el("p", "a ", el("strong", "b"), el("br")))).toEqual([
    { tag: "p", children: ["a ", { tag: "strong", children: ["b"] }, { tag: "br", children: [] }] },
  ]);
});

test.each(["script", "style", "iframe", "svg", "math", "template", "object"])(
  "of <%s> nothing is left, of unknown elements the words",
  (tag) => {
    expect(shown(el(tag, "alert(1)"), el("marquee", "words"), el("img"))).toEqual(["words"]);
  },
);

test.each(["javascript:alert(1)", "data:text/html,x", "/relative", "vbscript:x", "", " javascript:alert(1)"])(
  "a link to %j is only its words",
  (href) => {
    expect(shown(link(href, "click"))).toEqual(["click"]);
  },
);

test("links that may be followed stay links", () => {
  expect(shown(link("https://a.example/x", "x"))).toEqual([
    { tag: "a", href: "https://a.example/x", children: ["x"] },
  ]);
  expect(shown(link("mailto:a@b.example", "x"))).toHaveLength(1);
});

test("what is nested without end ends", () => {
  let deep = el("b", "deep");
  for (let i = 0; i < 5000; i++) deep = el("b", deep);
  expect(JSON.stringify(shown(deep)).length).toBeLessThan(2000);
});
