/** One's calendar in other programs: a secret address, made and ended here. */

import { useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { copy } from "../ui/clipboard.ts";
import { Button, Field, Notice } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { closeFeed, openFeed } from "./api.ts";

const words = text.calendar;

export function FeedDialog({ onClose }: { onClose(): void }) {
  const [url, setUrl] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const doing = async (what: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    await what().catch((error) => setProblem(whyNot(asProblem(error))));
    setBusy(false);
  };
  const make = () => doing(async () => setUrl(await openFeed()));
  const end = () =>
    doing(async () => {
      await closeFeed();
      toast(words.feedEnded);
      onClose();
    });
  return (
    <Dialog title={words.feedTitle} onClose={onClose}>
      <div class="stack">
        <p>{words.feedLead}</p>
        {problem && <Notice tone="error">{problem}</Notice>}
        {url ? (
          <>
            <Field label={words.feedAddress} readOnly value={url} onFocus={(e) => e.currentTarget.select()} />
            <Button
              tone="primary"
              icon="copy"
              onClick={() => void copy(url).then(() => toast(words.feedCopied))}
            >
              {words.feedCopy}
            </Button>
          </>
        ) : (
          <>
            <Button tone="primary" icon="link" busy={busy} onClick={() => void make()}>
              {words.feedMake}
            </Button>
            <p class="hint">{words.feedAnew}</p>
          </>
        )}
        <Button tone="quiet" icon="bin" disabled={busy} onClick={() => void end()}>
          {words.feedEnd}
        </Button>
      </div>
    </Dialog>
  );
}
