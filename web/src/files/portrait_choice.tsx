/** One's own picture, in the settings of the account. */

import { useRef, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import type { User } from "../identity/session.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { whyNot } from "../ui/parts.tsx";
import { choosePortrait, removePortrait } from "./portrait.ts";

const words = text.files;

export function PortraitChoice({ me }: { me: User }) {
  const input = useRef<HTMLInputElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const attempt = async (work: Promise<void>) => {
    setBusy(true);
    setProblem(null);
    await work.catch((error) => setProblem(asProblem(error)));
    setBusy(false);
  };
  return (
    <div class="portrait-choice">
      {problem && <Notice tone="error">{whyNot(problem)}</Notice>}
      <Button busy={busy} onClick={() => input.current?.click()}>
        {me.avatar_url ? words.changePortrait : words.choosePortrait}
      </Button>
      {me.avatar_url && (
        <Button tone="quiet" disabled={busy} onClick={() => void attempt(removePortrait())}>
          {words.removePortrait}
        </Button>
      )}
      <input
        ref={input}
        type="file"
        hidden
        accept="image/png,image/jpeg,image/gif,image/webp"
        onChange={(event) => {
          const [file] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (file) void attempt(choosePortrait(file));
        }}
      />
    </div>
  );
}
