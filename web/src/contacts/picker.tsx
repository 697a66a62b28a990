/** Choosing people: one's contacts at once, others by their name, user name or e-mail. */

import "./picker.css";
import { useEffect, useId, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { useFirstFocus } from "../ui/focus.ts";
import { Icon } from "../ui/icons.tsx";
import { whyNot } from "../ui/parts.tsx";
import { findPeople, firstContacts } from "./api.ts";
import type { Person } from "./model.ts";

const words = text.people_picker;
const SHORTEST = 2;
const TYPING_MS = 250;

interface PickerProps {
  label: string;
  chosen: readonly Person[];
  onChange(chosen: Person[]): void;
  /** At most so many; one more takes the place of the last. */
  most?: number;
  /** Who is there already. */
  without?: ReadonlySet<string>;
}

export function PersonPicker({ label, chosen, onChange, most = 100, without }: PickerProps) {
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const { found, problem } = useFound(query);
  const id = useId();
  const input = useFirstFocus<HTMLInputElement>(true, true);
  const taken = new Set([user.value?.id, ...chosen.map((p) => p.user_id), ...(without ?? [])]);
  const offered = found?.filter((person) => !taken.has(person.user_id)) ?? [];
  const marked = Math.min(at, offered.length - 1);
  const add = (person: Person | undefined) => {
    if (!person) return;
    onChange([...chosen.slice(0, most - 1), person]);
    setQuery("");
    setAt(0);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(marked + 1, offered.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(marked - 1, 0));
    else if (event.key === "Enter") add(offered[marked]);
    else if (event.key === "Backspace" && !query) return onChange(chosen.slice(0, -1));
    else return;
    event.preventDefault();
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="picker-box">
        {chosen.map((person) => (
          <Chip
            key={person.user_id}
            person={person}
            onRemove={() => onChange(chosen.filter((p) => p.user_id !== person.user_id))}
          />
        ))}
        <input
          id={id}
          ref={input}
          role="combobox"
          aria-expanded={offered.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={offered[marked] ? `${id}-${marked}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          dir="auto"
          placeholder={words.placeholder}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div class="picker-list" id={`${id}-list`} role="listbox" aria-label={label}>
        {offered.map((person, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above.
          <div
            key={person.user_id}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === marked}
            onClick={() => add(person)}
          >
            <Avatar name={person.display_name} id={person.user_id} url={person.avatar_url} size="small" />
            <span class="person-list-name" dir="auto">
              {person.display_name}
              {person.username && <small>@{person.username}</small>}
            </span>
          </div>
        ))}
      </div>
      <p class={problem ? "field-error" : "field-hint"} role="status">
        {problem ? whyNot(problem) : hint(query, found !== null, offered.length)}
      </p>
    </div>
  );
}

function hint(query: string, known: boolean, offered: number): string {
  if (!known) return text.common.loading;
  if (offered > 0) return "";
  return query.trim().length < SHORTEST ? words.hint : words.nobody;
}

function Chip({ person, onRemove }: { person: Person; onRemove(): void }) {
  return (
    <span class="picker-chip">
      <span dir="auto">{person.display_name}</span>
      <button type="button" aria-label={words.remove(person.display_name)} onClick={onRemove}>
        <Icon name="close" size={14} />
      </button>
    </span>
  );
}

interface Answer {
  asked: string;
  found: Person[];
  problem: Problem | null;
}

/** Who answers to what is being typed; null while it is being asked for. */
function useFound(query: string): { found: Person[] | null; problem: Problem | null } {
  // With what it answers to, so that Enter right after a key takes nobody from the list of before.
  const [answer, setAnswer] = useState<Answer | null>(null);
  const asked = query.trim().length >= SHORTEST ? query.trim() : "";
  useEffect(() => {
    let current = true;
    const ask = async () => {
      const made = await (asked ? findPeople(asked) : firstContacts()).then(
        (found) => ({ asked, found, problem: null }),
        (error) => ({ asked, found: [], problem: asProblem(error) }),
      );
      if (current) setAnswer(made);
    };
    const timer = setTimeout(() => void ask(), asked ? TYPING_MS : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return answer?.asked === asked ? answer : { found: null, problem: null };
}
