/** The ways out of a meeting, each with a way onward. */

import type { Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { useFirstFocus } from "../ui/focus.ts";
import { Icon, type IconName } from "../ui/icons.tsx";
import { Shell } from "../ui/shell.tsx";
import type { MeetingSession } from "./session.ts";
import type { GoneReason } from "./stages.ts";

const icons: Record<GoneReason, IconName> = {
  left: "door",
  ended: "leave",
  ended_by_you: "leave",
  removed: "remove",
  denied: "lock",
  lost: "offline",
  cancelled: "calendar",
  elsewhere: "devices",
};

export function GonePage({ session, reason }: { session: MeetingSession; reason: GoneReason }) {
  const [title, lead] = text.gone[reason];
  const again = {
    left: text.gone.rejoin,
    lost: text.gone.rejoin,
    removed: text.gone.askAgain,
    denied: text.gone.askAgain,
    elsewhere: text.gone.useHere,
    ended: null,
    ended_by_you: null,
    cancelled: null,
  }[reason];
  const onAgain = () => void (reason === "elsewhere" ? session.useHere() : session.rejoin());
  return (
    <Outcome icon={icons[reason]} title={title} lead={lead}>
      {again && (
        <Button tone="primary" onClick={onAgain}>
          {again}
        </Button>
      )}
      <a class={again ? "button plain" : "button primary"} href="/">
        {text.common.backHome}
      </a>
    </Outcome>
  );
}

export function MissingPage({ problem, onRetry }: { problem: Problem; onRetry(): void }) {
  if (problem.status === 404)
    return (
      <Outcome icon="help" title={text.missing.title} lead={text.missing.lead}>
        <a class="button primary" href="/">
          {text.common.backHome}
        </a>
      </Outcome>
    );
  const lead =
    problem.status === 429 ? text.errors.slowDown(problem.retryAfter) : problem.detail || problem.message;
  return (
    <Outcome icon="offline" title={text.missing.failed} lead={lead}>
      <Button tone="primary" onClick={onRetry}>
        {text.common.retry}
      </Button>
      <a class="button plain" href="/">
        {text.common.backHome}
      </a>
    </Outcome>
  );
}

export function UnknownPage() {
  return (
    <Outcome icon="help" title={text.missing.page} lead={text.missing.pageLead}>
      <a class="button primary" href="/">
        {text.common.backHome}
      </a>
    </Outcome>
  );
}

function Outcome({
  icon,
  title,
  lead,
  children,
}: {
  icon: IconName;
  title: string;
  lead: string;
  children: preact.ComponentChildren;
}) {
  const heading = useFirstFocus<HTMLHeadingElement>(true, true);
  return (
    <Shell narrow>
      <section class="outcome">
        <span class="outcome-icon">
          <Icon name={icon} size={28} />
        </span>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <p class="lead">{lead}</p>
        <div class="outcome-actions">{children}</div>
      </section>
    </Shell>
  );
}
