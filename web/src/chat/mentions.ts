/** Calling people by name: `@` and a name, while it is typed, in what is sent, and in what was said. Pure. */

import { folded } from "../ui/names.ts";

export interface Callable {
  /** The member id. */
  id: string;
  name: string;
  username?: string | null;
  avatar_url?: string | null;
}

/** A text in pieces; those that call somebody say whom. */
export type Called = string | { text: string; ids: readonly string[] };

const OFFERED_MOST = 8;
/** Longer than this nobody's name is while it is being typed. */
const QUERY_MOST = 40;
// As the server has it: no e-mail address calls anybody, nor does a longer name call who has a shorter one.
const AT = /(?<![\p{L}\p{N}_.@-])@/gu;
const ENDS = /^(?:$|[^\p{L}\p{N}_.-]|[.](?:$|[^\p{L}\p{N}]))/u;

/** What is looked for by what stands before the caret, and where its `@` is. */
export function wantedAt(text: string, caret: number): { from: number; query: string } | null {
  const before = text.slice(0, caret);
  const from = [...before.matchAll(AT)].at(-1)?.index;
  if (from === undefined) return null;
  const query = before.slice(from + 1);
  return query.length > QUERY_MOST || /^\s|\n/.test(query) ? null : { from, query };
}

/** Who may be meant: first whose name begins so, then a later part of it, then the user name. */
export function offered(people: readonly Callable[], query: string): Callable[] {
  const wanted = folded(query);
  const rank = ({ name, username }: Callable): number => {
    const known = folded(name);
    if (known.startsWith(wanted)) return 0;
    if (known.split(/\s+/).some((part) => part.startsWith(wanted))) return 1;
    return username?.startsWith(wanted) ? 2 : 3;
  };
  return people
    .map((person) => ({ person, rank: rank(person) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank || a.person.name.localeCompare(b.person.name))
    .slice(0, OFFERED_MOST)
    .map((one) => one.person);
}

/** Whom a text calls by their names; of several of one name those who were chosen, if any was. */
export function callsIn(text: string, people: readonly Callable[], chosen: ReadonlySet<string>): string[] {
  const ids = calls(text, byName(people)).flatMap((piece) => {
    if (typeof piece === "string") return [];
    const meant = piece.ids.filter((id) => chosen.has(id));
    return meant.length > 0 ? meant : piece.ids;
  });
  return [...new Set(ids)];
}

/** What a message calls whom by: the names of those it says it calls, and the user names of everybody. */
export function namesCalled(
  mentions: readonly string[],
  people: readonly Callable[],
  nameOf: (id: string) => string | null,
): Names {
  const called = mentions.map((id) => ({ id, name: nameOf(id) ?? "" }));
  const known = people.flatMap(({ id, username }) => (username ? [{ id, name: username }] : []));
  return byName([...called, ...known]);
}

interface Name {
  key: string;
  /** As written: some small letters are longer than the capital. */
  length: number;
  ids: string[];
}

export type Names = readonly Name[];

/** The longest first, so that "Ada Lovelace" is not Ada. */
function byName(people: readonly Callable[]): Names {
  const names = new Map<string, Name>();
  for (const { id, name } of people) {
    const key = name.toLowerCase();
    const known = names.get(key);
    if (known) known.ids.push(id);
    else if (key) names.set(key, { key, length: name.length, ids: [id] });
  }
  return [...names.values()].sort((a, b) => b.length - a.length);
}

export function calls(text: string, names: Names): Called[] {
  const out: Called[] = [];
  let from = 0;
  for (const { index } of names.length > 0 ? text.matchAll(AT) : []) {
    if (index < from) continue;
    const found = names.find(({ key, length }) => {
      const end = index + 1 + length;
      return text.slice(index + 1, end).toLowerCase() === key && ENDS.test(text.slice(end, end + 3));
    });
    if (!found) continue;
    if (index > from) out.push(text.slice(from, index));
    from = index + 1 + found.length;
    out.push({ text: text.slice(index, from), ids: found.ids });
  }
  if (from < text.length) out.push(text.slice(from));
  return out;
}
