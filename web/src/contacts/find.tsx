/** Find somebody: among those one knows by a name's beginning, anybody else by their exact address. */

import { useEffect, useId, useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Spinner } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { useLoaded } from "../ui/loading.ts";
import { Empty, Failed, whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { addContact, findPeople } from "./api.ts";
import { known, type Person } from "./model.ts";

const words = text.contacts;
// Long enough not to ask at every key.
const PAUSE_MS = 350;

/** `?find=` in the address: a notification says whom to look for. */
export function FindPeople({ inList }: { inList(userId: string): boolean }) {
  const [typed, setTyped] = useState(() => new URLSearchParams(location.search).get("find") ?? "");
  const query = useSettled(typed.trim(), PAUSE_MS);
  const id = useId();
  return (
    <section class="find-people" aria-label={words.find}>
      <label class="visually-hidden" for={id}>
        {words.find}
      </label>
      <div class="find-field">
        <Icon name="search" size={18} />
        <input
          id={id}
          type="search"
          placeholder={words.findHint}
          autoComplete="off"
          autoCapitalize="none"
          spellcheck={false}
          maxLength={320}
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
      </div>
      {query && <Found key={query} query={query} inList={inList} />}
    </section>
  );
}

function Found({ query, inList }: { query: string; inList(userId: string): boolean }) {
  const { value, problem, again } = useLoaded(() => findPeople(query), [query]);
  if (problem) return <Failed problem={problem} onRetry={again} />;
  if (!value) return <Spinner label={words.searching} />;
  if (value.length === 0) return <Empty icon="search" title={words.foundNone} hint={words.foundNoneHint} />;
  return (
    <ul class="people-list" aria-label={words.found}>
      {value.map((person) => (
        <Row key={person.user_id} person={person} inList={inList(person.user_id)} />
      ))}
    </ul>
  );
}

function Row({ person, inList }: { person: Person; inList: boolean }) {
  const [busy, setBusy] = useState(false);
  const [added, setAdded] = useState(false);
  const add = async () => {
    setBusy(true);
    try {
      await addContact(person.user_id);
      setAdded(true);
    } catch (error) {
      toast(whyNot(asProblem(error)), { tone: "error" });
    } finally {
      setBusy(false);
    }
  };
  const below = known(person, null);
  return (
    <li class="person-row">
      <Avatar name={person.display_name} id={person.user_id} url={person.avatar_url} size="small" />
      <div class="person-what">
        <strong dir="auto">{person.display_name}</strong>
        {below && <small>{below}</small>}
      </div>
      {inList || added ? (
        <span class="chip active" role="status">
          {words.inList}
        </span>
      ) : (
        <Button
          icon="admit"
          busy={busy}
          aria-label={words.addName(person.display_name)}
          onClick={() => void add()}
        >
          {words.add}
        </Button>
      )}
    </li>
  );
}

/** The value once it has stayed the same for a while. */
function useSettled(value: string, ms: number): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
