/** Invitations that wait for an answer. Nothing where there are none. */

import "./invitations.css";
import { useEffect, useRef } from "preact/hooks";
import { device } from "../delivery/device.ts";
import { asProblem } from "../delivery/problem.ts";
import { text } from "../text.ts";
import { Button } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { usePages } from "../ui/loading.ts";
import { More, whyNot } from "../ui/parts.tsx";
import { toast } from "../ui/toasts.ts";
import { answer, type Received, received } from "./api.ts";

const words = text.invitations;

export function ReceivedInvitations({ onAnswer }: { onAnswer?(): void }) {
  const pages = usePages((cursor) => received(cursor, "pending"), []);
  const current = useRef(pages);
  current.current = pages;
  useEffect(() => {
    const offs = [
      device.on("notification.created", ({ data }) => {
        if (/^(invitation|meeting_c)/.test((data.notification as { type: string }).type))
          current.current.again();
      }),
      device.onMissed(() => current.current.again()),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, []);
  const reply = async (invitation: Received, how: "accept" | "decline") => {
    try {
      await answer(invitation.id, how);
      pages.set((items) => items.filter((each) => each.id !== invitation.id));
      toast(how === "accept" ? text.calendar.accepted : text.calendar.declined);
      onAnswer?.();
    } catch (error) {
      toast(whyNot(asProblem(error)), { tone: "error" });
    }
  };
  if (!pages.items?.length) return null;
  return (
    <section class="received" aria-labelledby="received">
      <h2 id="received">{words.received}</h2>
      <ul>
        {pages.items.map((each) => (
          <li key={each.id} class="received-row">
            <div class="received-what">
              <strong dir="auto">{each.meeting.title}</strong>
              <span>
                {each.inviter && words.from(each.inviter.display_name)}
                {each.meeting.start && ` · ${dateTime(each.meeting.start)}`}
              </span>
            </div>
            <Button
              tone="primary"
              aria-label={`${words.accept}: ${each.meeting.title}`}
              onClick={() => void reply(each, "accept")}
            >
              {words.accept}
            </Button>
            <Button
              aria-label={`${words.decline}: ${each.meeting.title}`}
              onClick={() => void reply(each, "decline")}
            >
              {words.decline}
            </Button>
          </li>
        ))}
      </ul>
      {pages.more && <More busy={pages.busy} onClick={pages.loadMore} />}
    </section>
  );
}
