import { expect, test } from "vitest";
import { formatted } from "../../src/chat/markup.ts";

test.each([
  ["*Ship it* on _Thursday_, not ~today~", "<p><b>Ship it</b> on <i>Thursday</i>, not <s>today</s></p>"],
  ["run `make *test*`", "<p>run <code>make *test*</code></p>"],
  ["*very _very_ much*", "<p><b>very <i>very</i> much</b></p>"],
  ["(*so*)", "<p>(<b>so</b>)</p>"],
  ["one *two*\nthree\n\nfour", "<p>one <b>two</b><br>three</p><p>four</p>"],
  ["> said\n> before\nmine", "<blockquote>said<br>before</blockquote><p>mine</p>"],
  ["- milk\n- *bread*", "<ul><li>milk</li><li><b>bread</b></li></ul>"],
  ["1. up\n2) down", "<ol><li>up</li><li>down</li></ol>"],
  ["look:\n```\nif a < b:\n  *x*\n```\nso", "<p>look:</p><pre>if a &lt; b:\n  *x*</pre><p>so</p>"],
  ["*<b>*", "<p><b>&lt;b&gt;</b></p>"],
  [
    "*see* https://example.org/a_b_c",
    '<p><b>see</b> <a href="https://example.org/a_b_c">https://example.org/a_b_c</a></p>',
  ],
])("%j is formatted", (typed, html) => {
  expect(formatted(typed)).toBe(html);
});

test.each([
  "plain words",
  "snake_case_name and another_one",
  "2*3*4 and 2 * 3 * 4",
  "~/home and ~5 or ~6",
  "**",
  "* *",
  "a*b*c",
  "-1 and -x",
  "3.14 and 1.5",
  "<b>not bold</b>",
  "see https://example.org/_x_ only",
  "unclosed `code and *bold",
  "```",
  "",
])("%j is left as it is", (typed) => {
  expect(formatted(typed)).toBeNull();
});

test("what would be more than the server takes is sent as it was typed", () => {
  expect(formatted(`*a* ${"<".repeat(4000)}`)).toBeNull();
});
