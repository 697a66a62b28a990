/** One meeting of the calendar: what it is, and what one can do about it. */

import { useState } from "preact/hooks";
import { asProblem } from "../delivery/problem.ts";
import { answer } from "../invitations/api.ts";
import { InviteDialog } from "../invitations/dialog.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Button, Notice } from "../ui/controls.tsx";
import { dateTime, timeOf } from "../ui/dates.ts";
import { Dialog } from "../ui/dialog.tsx";
import { whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { Chips } from "./agenda.tsx";
import { cancelEvent, type Scope } from "./api.ts";
import { EditDialog } from "./edit.tsx";
import type { CalendarEvent } from "./model.ts";
import { ScopeChoice } from "./scope.tsx";

const words = text.calendar;
type Step = "look" | "edit" | "cancel" | "invite";

interface EventDialogProps {
  event: CalendarEvent;
  onClose(): void;
  onChanged(): void;
}

export function EventDialog(props: EventDialogProps) {
  const [step, setStep] = useState<Step>("look");
  const { event, onClose } = props;
  switch (step) {
    case "look":
      return <Look {...props} onStep={setStep} />;
    case "edit":
      return <EditDialog {...props} />;
    case "cancel":
      return <Cancel {...props} onBack={() => setStep("look")} />;
    case "invite":
      return <InviteDialog meetingId={event.meeting_id} title={event.title} onClose={onClose} />;
  }
}

function Look({ event, onClose, onChanged, onStep }: EventDialogProps & { onStep(step: Step): void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const over = event.status === "ended" || event.status === "cancelled";
  const leads = event.role === "host" && !over;
  const reply = async (how: "accept" | "decline") => {
    try {
      await answer(event.invitation_id as string, how);
      toast(how === "accept" ? words.accepted : words.declined);
      onChanged();
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
    }
  };
  return (
    <Dialog
      title={event.title}
      onClose={onClose}
      actions={
        !over && (
          <Button tone="primary" icon="camera" onClick={() => go(`/m/${event.code}`)}>
            {event.role === "host" && event.status === "scheduled" ? words.start : words.join}
          </Button>
        )
      }
    >
      <div class="stack">
        {problem && <Notice tone="error">{problem}</Notice>}
        <p class="event-when">
          {dateTime(event.start)} – {timeOf(event.end)}
        </p>
        <Chips event={event} />
        <p class="hint">{words.role[event.role]}</p>
        {event.invitation_id && !over && (
          <div class="event-does">
            <Button icon="check" disabled={event.answer === "accepted"} onClick={() => void reply("accept")}>
              {words.accept}
            </Button>
            <Button icon="close" onClick={() => void reply("decline")}>
              {words.decline}
            </Button>
          </div>
        )}
        {leads && (
          <div class="event-does">
            <Button icon="admit" onClick={() => onStep("invite")}>
              {words.invite}
            </Button>
            {event.status === "scheduled" && (
              <>
                <Button icon="rename" onClick={() => onStep("edit")}>
                  {words.edit}
                </Button>
                <Button icon="bin" tone="danger" onClick={() => onStep("cancel")}>
                  {words.cancel}
                </Button>
              </>
            )}
          </div>
        )}
      </div>
    </Dialog>
  );
}

function Cancel({ event, onClose, onChanged, onBack }: EventDialogProps & { onBack(): void }) {
  const [scope, setScope] = useState<Scope>("one");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const cancel = async () => {
    setBusy(true);
    try {
      await cancelEvent(event, scope);
      toast(words.cancelled);
      onChanged();
    } catch (error) {
      setProblem(whyNot(asProblem(error)));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.cancelTitle(event.title)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onBack}>{words.keep}</Button>
          <Button tone="danger" busy={busy} onClick={() => void cancel()}>
            {words.cancel}
          </Button>
        </>
      }
    >
      <div class="stack">
        {problem && <Notice tone="error">{problem}</Notice>}
        <p>{words.cancelLead}</p>
        {event.original_start && <ScopeChoice scope={scope} onChange={setScope} />}
      </div>
    </Dialog>
  );
}
