/** The page of the calendar: a month or a week at a look, or what comes in a list. */

import "./calendar.css";
import { useEffect, useState } from "preact/hooks";
import { device } from "../delivery/device.ts";
import { ReceivedInvitations } from "../invitations/received.tsx";
import { ScheduleDialog } from "../meetings/schedule.tsx";
import { text } from "../text.ts";
import { Button, IconButton, Spinner } from "../ui/controls.tsx";
import { useLoaded } from "../ui/loading.ts";
import { remember, remembered } from "../ui/memory.ts";
import { Empty, Failed } from "../ui/parts.tsx";
import { SignedInPage } from "../ui/shell.tsx";
import { Agenda } from "./agenda.tsx";
import { eventsBetween } from "./api.ts";
import { EventDialog } from "./event.tsx";
import { FeedDialog } from "./feed.tsx";
import { turned } from "./keys.ts";
import { type CalendarEvent, type Day, dayOf, midnight, plusDays, weekStart, weeksOf } from "./model.ts";
import { Month, monthName } from "./month.tsx";
import { Week, weekName } from "./week.tsx";
import type { Clock } from "./zones.ts";

const words = text.calendar;
const VIEWS = ["month", "week", "agenda"] as const;
type View = (typeof VIEWS)[number];
type Open =
  | { what: "event"; event: CalendarEvent }
  | { what: "schedule"; at: Day | Clock | null }
  | { what: "feed" };

export function CalendarPage() {
  return <SignedInPage title={words.title}>{() => <Calendar />}</SignedInPage>;
}

function Calendar() {
  const [day, setDay] = useState(() => dayOf(new Date()));
  const [view, setView] = useState<View>(() => remembered("calendar", narrow() ? "agenda" : "month"));
  const [open, setOpen] = useState<Open | null>(null);
  const month = day.slice(0, 7);
  const weeks = weeksOf(day, weekStart());
  const week = weeks.find((days) => days.includes(day)) ?? [];
  const first = weeks[0]?.[0] ?? day;
  const last = weeks.at(-1)?.[6] ?? day;
  const { value, problem, busy, again } = useLoaded(
    () => eventsBetween(midnight(first), midnight(plusDays(last, 1))),
    [first, last],
  );
  useNews(again);
  const choose = (chosen: View) => {
    setView(chosen);
    remember("calendar", chosen);
  };
  const changed = () => {
    setOpen(null);
    again();
  };
  const inMonth = value?.filter((event) => dayOf(new Date(event.start)).startsWith(month)) ?? [];
  const plan = (at: Day | Clock) => setOpen({ what: "schedule", at });
  const show = (event: CalendarEvent) => setOpen({ what: "event", event });
  return (
    <div class="calendar">
      <Head
        day={day}
        name={view === "week" ? weekName(week) : monthName(day)}
        view={view}
        onDay={setDay}
        onView={choose}
        onSchedule={() => setOpen({ what: "schedule", at: null })}
        onFeed={() => setOpen({ what: "feed" })}
      />
      <ReceivedInvitations onAnswer={again} />
      {problem && <Failed problem={problem} onRetry={again} />}
      {!value && !problem && <Spinner label={text.common.loading} />}
      {value && view === "month" && (
        <Month
          day={day}
          weeks={weeks}
          events={value}
          busy={busy}
          onDay={setDay}
          onEvent={show}
          onNew={plan}
        />
      )}
      {value && view === "week" && (
        <Week day={day} week={week} events={value} busy={busy} onDay={setDay} onEvent={show} onNew={plan} />
      )}
      {value && view === "agenda" && <Agenda events={inMonth} onEvent={show} />}
      {value && view === "agenda" && inMonth.length === 0 && (
        <Empty icon="calendar" title={words.noneInMonth} hint={words.noneHint} />
      )}
      {open?.what === "event" && (
        <EventDialog event={open.event} onClose={() => setOpen(null)} onChanged={changed} />
      )}
      {open?.what === "schedule" && (
        <ScheduleDialog at={open.at} onClose={() => setOpen(null)} onDone={changed} />
      )}
      {open?.what === "feed" && <FeedDialog onClose={() => setOpen(null)} />}
    </div>
  );
}

interface HeadProps {
  day: Day;
  name: string;
  view: View;
  onDay(day: Day): void;
  onView(view: View): void;
  onSchedule(): void;
  onFeed(): void;
}

function Head({ day, name, view, onDay, onView, onSchedule, onFeed }: HeadProps) {
  const page = view === "week" ? "week" : "month";
  return (
    <header class="calendar-head">
      <h1>{words.title}</h1>
      <div class="calendar-when">
        <IconButton
          icon="previous"
          label={words.previous[page]}
          tone="quiet"
          onClick={() => onDay(turned(day, page, -1))}
        />
        <h2 aria-live="polite">{name}</h2>
        <IconButton
          icon="next"
          label={words.next[page]}
          tone="quiet"
          onClick={() => onDay(turned(day, page, 1))}
        />
        <Button tone="quiet" onClick={() => onDay(dayOf(new Date()))}>
          {words.today}
        </Button>
      </div>
      <div class="calendar-does">
        <div class="segments" role="group" aria-label={words.view}>
          {VIEWS.map((each) => (
            <button type="button" key={each} aria-pressed={view === each} onClick={() => onView(each)}>
              {words[each]}
            </button>
          ))}
        </div>
        <IconButton icon="link" label={words.feed} tone="quiet" onClick={onFeed} />
        <Button tone="primary" icon="plus" onClick={onSchedule}>
          {words.schedule}
        </Button>
      </div>
    </header>
  );
}

/** What changes elsewhere shows here: invitations and changes come as notifications. */
function useNews(again: () => void): void {
  useEffect(() => {
    const about = /^(invitation|meeting_)/;
    const offs = [
      device.on("notification.created", ({ data }) => {
        if (about.test((data.notification as { type: string }).type)) again();
      }),
      device.on("invitation.updated", again),
      device.onMissed(again),
    ];
    return () => {
      for (const off of offs) off();
    };
  }, [again]);
}

const narrow = (): boolean => matchMedia("(max-width: 719px)").matches;
