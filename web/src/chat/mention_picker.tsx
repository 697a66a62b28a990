/** Whom `@` and letters may mean, offered above the field where one writes; the keys are those of the field. */

import type { RefObject } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { type Callable, callsIn, offered, wantedAt } from "./mentions.ts";
import type { ChatView } from "./view.ts";

interface Field {
  input: RefObject<HTMLTextAreaElement | null>;
  content: string;
  setContent(value: string): void;
}

export function useMentions(view: ChatView, { input, content, setContent }: Field) {
  const id = useId();
  /** Where the caret is while one writes. */
  const [caret, setCaret] = useState<number | null>(null);
  const [at, setAt] = useState(0);
  /** The place of an `@` for which nothing is offered any more. */
  const [closed, setClosed] = useState<number | null>(null);
  const chosen = useRef(new Set<string>());
  const others = view.people.filter((person) => person.id !== view.chat.me);
  const wanted = caret === null ? null : wantedAt(content, caret);
  const people = wanted && wanted.from !== closed ? offered(others, wanted.query) : [];
  const marked = Math.min(at, people.length - 1);
  const take = (person: Callable | undefined) => {
    const field = input.current;
    if (!person || !field || !wanted || caret === null) return;
    const before = `${content.slice(0, wanted.from)}@${person.name} `;
    const after = content.slice(caret).replace(/^ /, "");
    if (field.maxLength >= 0 && before.length + after.length > field.maxLength) return;
    chosen.current.add(person.id);
    field.value = before + after;
    field.setSelectionRange(before.length, before.length);
    setContent(field.value);
    setCaret(before.length);
    setClosed(wanted.from);
  };
  /** Whether the key was for the list. */
  const key = (event: KeyboardEvent): boolean => {
    if (people.length === 0 || event.isComposing || event.shiftKey || event.ctrlKey || event.metaKey)
      return false;
    if (event.key === "ArrowDown") setAt((marked + 1) % people.length);
    else if (event.key === "ArrowUp") setAt((marked + people.length - 1) % people.length);
    else if (event.key === "Enter" || event.key === "Tab") take(people[marked]);
    else if (event.key === "Escape") setClosed(wanted?.from ?? null);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  /** After anything that may have moved the caret. */
  const look = ({ value, selectionStart, selectionEnd }: HTMLTextAreaElement) => {
    const place = selectionStart === selectionEnd ? selectionStart : null;
    if (place === caret && value === content) return;
    setCaret(place);
    setAt(0);
    if (place === null || wantedAt(value, place)?.from !== closed) setClosed(null);
  };
  return {
    key,
    look,
    leave: () => setCaret(null),
    /** Whom what is written calls; `before`: those whom it has called until now. */
    called: (words: string, before: readonly string[] = []) =>
      callsIn(words, others, new Set([...chosen.current, ...before])),
    forget: () => chosen.current.clear(),
    attributes: people.length > 0 ? comboBox(id, marked) : {},
    list: people.length > 0 && <Offered id={id} people={people} marked={marked} onTake={take} />,
  };
}

/** Of the field while something is offered. Otherwise it is a plain one: a combo box has one line. */
const comboBox = (id: string, marked: number): Record<string, string> => ({
  role: "combobox",
  "aria-autocomplete": "list",
  "aria-haspopup": "listbox",
  "aria-expanded": "true",
  "aria-controls": `${id}-list`,
  "aria-activedescendant": `${id}-${marked}`,
});

interface OfferedProps {
  id: string;
  people: readonly Callable[];
  marked: number;
  onTake(person: Callable): void;
}

function Offered({ id, people, marked, onTake }: OfferedProps) {
  return (
    <div class="mentions" id={`${id}-list`} role="listbox" aria-label={text.chat.mentions}>
      {people.map((person, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field below.
        <div
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === marked}
          ref={(option) => void (index === marked && option?.scrollIntoView({ block: "nearest" }))}
          // The field keeps the focus, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onTake(person)}
        >
          <Avatar name={person.name} id={person.id} url={person.avatar_url} size="small" />
          <span dir="auto">{person.name}</span>
          {person.username && <small>@{person.username}</small>}
        </div>
      ))}
    </div>
  );
}
