import { expect, test } from "vitest";
import { calls, callsIn, namesCalled, offered, wantedAt } from "../../src/chat/mentions.ts";

const people = [
  { id: "ada", name: "Ada", username: "a.king" },
  { id: "lovelace", name: "Ada Lovelace", username: null },
  { id: "zoe", name: "Zoë Ångström", username: "zoe" },
  { id: "zoe2", name: "Zoë Ångström", username: null },
  { id: "bob", name: "Bob (he/him)" },
];
const nobody = new Set<string>();

test("what stands between an @ and the caret is looked for", () => {
  expect(wantedAt("Hi @ad and so on", 6)).toEqual({ from: 3, query: "ad" });
  expect(wantedAt("@", 1)).toEqual({ from: 0, query: "" });
  expect(wantedAt("@ada lo", 7)).toEqual({ from: 0, query: "ada lo" });
  expect(wantedAt("(@bo", 4)).toEqual({ from: 1, query: "bo" });
});

test("no e-mail address, no single @ and no earlier line looks for anybody", () => {
  for (const text of ["mail ada@ex", "@ ada", "@ada\nhello", "nothing", "a@@b", `@${"a".repeat(41)}`])
    expect(wantedAt(text, text.length)).toBeNull();
});

test("people are offered by the beginning of their name, a part of it, or their user name", () => {
  const ids = (query: string) => offered(people, query).map((p) => p.id);
  expect(ids("ad")).toEqual(["ada", "lovelace"]);
  expect(ids("love")).toEqual(["lovelace"]);
  expect(ids("zoe an")).toEqual(["zoe", "zoe2"]);
  expect(ids("ANG")).toEqual(["zoe", "zoe2"]);
  expect(ids("a.k")).toEqual(["ada"]);
  expect(ids("")).toHaveLength(people.length);
  expect(ids("nobody")).toEqual([]);
});

test("never more are offered than can be looked through", () => {
  const many = Array.from({ length: 40 }, (_, n) => ({ id: String(n), name: `Person ${n}` }));
  expect(offered(many, "p")).toHaveLength(8);
});

test("a text calls by the longest name that stands there", () => {
  expect(callsIn("@Ada, ask @ada lovelace!", people, nobody)).toEqual(["ada", "lovelace"]);
  expect(callsIn("@Ada Lovelaces", people, nobody)).toEqual(["ada"]);
  expect(callsIn("@Adam or x@Ada or @Ada-Lena", people, nobody)).toEqual([]);
  expect(callsIn("@Ada. And @Bob (he/him)?", people, nobody)).toEqual(["ada", "bob"]);
});

test("of two of one name the chosen one is called, both where none was chosen", () => {
  expect(callsIn("@Zoë Ångström", people, new Set(["zoe2"]))).toEqual(["zoe2"]);
  expect(callsIn("@Zoë Ångström", people, nobody)).toEqual(["zoe", "zoe2"]);
});

test("a message shows whom it calls, by name and by user name", () => {
  const names = namesCalled(
    ["lovelace", "gone"],
    people,
    (id) => people.find((p) => p.id === id)?.name ?? null,
  );
  expect(calls("@Ada Lovelace and @A.King: @Bob (he/him)", names)).toEqual([
    { text: "@Ada Lovelace", ids: ["lovelace"] },
    " and ",
    { text: "@A.King", ids: ["ada"] },
    ": @Bob (he/him)",
  ]);
});

test("what calls nobody stays as it is", () => {
  expect(
    calls(
      "a@b @nobody",
      namesCalled([], people, () => null),
    ),
  ).toEqual(["a@b @nobody"]);
  expect(calls("", [])).toEqual([]);
});

test("a name is found though its small letters are longer", () => {
  expect(callsIn("@İpek!", [{ id: "i", name: "İpek" }], nobody)).toEqual(["i"]);
});

test("names are letters, never patterns", () => {
  const odd = [{ id: "odd", name: "a.*[(" }];
  expect(callsIn("@a.*[( hi", odd, nobody)).toEqual(["odd"]);
  expect(callsIn("@abc hi", odd, nobody)).toEqual([]);
});
