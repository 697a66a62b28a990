/** Ring more people into the call. */

import { useState } from "preact/hooks";
import type { Person } from "../chat/model.ts";
import { PersonPicker } from "../contacts/picker.tsx";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { invite } from "./api.ts";
import type { Call } from "./model.ts";

const words = text.calls;
const MOST_PEOPLE = 32;

export function AddPeople({ call, onClose }: { call: Call; onClose(): void }) {
  const [chosen, setChosen] = useState<Person[]>([]);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const there = new Set(
    call.participants
      .filter((person) => ["initiator", "answered", "ringing"].includes(person.state))
      .map((person) => person.user_id),
  );
  const ring = async () => {
    setBusy(true);
    try {
      await invite(
        call.id,
        chosen.map((person) => person.user_id),
      );
      toast(words.added);
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.addTitle}
      onClose={onClose}
      actions={
        <Button
          tone="primary"
          icon="call"
          busy={busy}
          disabled={chosen.length === 0}
          onClick={() => void ring()}
        >
          {words.addDo}
        </Button>
      }
    >
      {problem && <Notice tone="error">{whyNot(problem)}</Notice>}
      <PersonPicker
        label={words.add}
        chosen={chosen}
        onChange={setChosen}
        most={MOST_PEOPLE - there.size}
        without={there}
      />
    </Dialog>
  );
}
