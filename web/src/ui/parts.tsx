/** What a page shows where a list or a thing should be: nothing there, not to be had, more to come. */

import type { ComponentChildren } from "preact";
import type { Problem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button, Notice } from "./controls.tsx";
import { Icon, type IconName } from "./icons.tsx";

interface EmptyProps {
  icon: IconName;
  title: string;
  hint?: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, hint, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <p>{title}</p>
      {hint && <small>{hint}</small>}
      {children && <div class="empty-actions">{children}</div>}
    </div>
  );
}

export function Failed({ problem, onRetry }: { problem: Problem; onRetry(): void }) {
  return (
    <Notice tone="error">
      {whyNot(problem)}{" "}
      <button type="button" class="link" onClick={onRetry}>
        {text.common.retry}
      </button>
    </Notice>
  );
}

/** A problem in the words of the page where they are better than the server's. */
export function whyNot(problem: Problem): string {
  if (problem.status === 429) return text.errors.slowDown(problem.retryAfter);
  return problem.detail || problem.message;
}

export function More({ busy, onClick }: { busy: boolean; onClick(): void }) {
  return (
    <Button class="more-button" busy={busy} onClick={onClick}>
      {text.home.more}
    </Button>
  );
}
