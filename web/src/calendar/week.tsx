/** A week as columns of hours. A phone has room for one day of it at a time. */

import "./week.css";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { here } from "../identity/places.ts";
import { text } from "../text.ts";
import { timeOf } from "../ui/dates.ts";
import { dayAfterKey, isCommand } from "./keys.ts";
import { type CalendarEvent, type Day, dayOf, keyOf, midnight, weekStart } from "./model.ts";
import { columnsOf, DAY_MINUTES, minutesOf, type Placed, slotAt } from "./week.ts";
import { type Clock, clockIn } from "./zones.ts";

const words = text.calendar;
/** The hour that it opens at. */
const MORNING = 8;
/** Pixels, for its name to be seen whole. */
const ABOVE = 10;
/** Of what is shorter, title and time share a line. */
const SHORT_MINUTES = 45;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

interface WeekProps {
  day: Day;
  week: Day[];
  events: readonly CalendarEvent[];
  busy: boolean;
  onDay(day: Day): void;
  onEvent(event: CalendarEvent): void;
  onNew(at: Day | Clock): void;
}

export function Week({ day, week, events, busy, onDay, onEvent, onNew }: WeekProps) {
  const zone = here().timezone;
  const now = useMinute();
  const columns = useMemo(() => columnsOf(events, zone), [events, zone]);
  const { grid, onKeyDown } = useKeys(day, onDay, onNew);
  const scrolled = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const box = scrolled.current;
    if (box) box.scrollTop = (box.scrollHeight / 24) * MORNING - ABOVE;
  }, []);
  const shared = { chosen: day, today: dayOf(now) };
  return (
    <div
      class="week"
      role="grid"
      aria-label={words.weekGrid(weekName(week))}
      aria-busy={busy}
      tabIndex={-1}
      ref={grid}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup">
        {/* biome-ignore lint/a11y/useFocusableInteractive: what is in the rows has the focus. */}
        <div class="week-head" role="row">
          {week.map((each) => (
            <DayName
              key={each}
              {...shared}
              day={each}
              meetings={columns.get(each)?.length ?? 0}
              onDay={onDay}
              onNew={onNew}
            />
          ))}
        </div>
      </div>
      <div class="week-scroll" role="rowgroup" ref={scrolled}>
        {/* biome-ignore lint/a11y/useFocusableInteractive: what is in the rows has the focus. */}
        <div class="week-body" role="row">
          <div class="week-hours" aria-hidden="true">
            {HOURS.map((hour) => (
              <span key={hour}>{hour > 0 && timeOf(new Date(2026, 0, 5, hour).toISOString())}</span>
            ))}
          </div>
          {week.map((each) => (
            <Column
              key={each}
              {...shared}
              day={each}
              placed={columns.get(each) ?? []}
              now={clockIn(zone, now)}
              onEvent={onEvent}
              onSlot={(minutes) => onNew(slotAt(each, minutes, zone))}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** "16 – 22 Nov 2026" */
export function weekName(week: Day[]): string {
  const format = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
  return format.formatRange(midnight(week[0] ?? ""), midnight(week[6] ?? ""));
}

/** Left and right to another day, down into its meetings and up again. */
function useKeys(day: Day, onDay: WeekProps["onDay"], onNew: WeekProps["onNew"]) {
  const grid = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  const nameOf = (each: Day) => grid.current?.querySelector<HTMLElement>(`[data-day="${each}"]`);
  useLayoutEffect(() => {
    if (moved.current) nameOf(day)?.focus();
    moved.current = false;
  }, [day]);
  const onKeyDown = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement;
    const within = target.closest<HTMLElement>("[data-column]")?.dataset.column;
    const at = target.dataset.day ?? within ?? day;
    if (isCommand(event)) return;
    const to = dayAfterKey(event.key, at, { page: "week", weekStart: weekStart() });
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) {
      const meetings = grid.current?.querySelectorAll<HTMLElement>(`[data-column="${at}"] button`) ?? [];
      const stops = [nameOf(at), ...meetings];
      stops[stops.indexOf(target) + step]?.focus();
    } else if (to) {
      moved.current = to !== day;
      onDay(to);
      nameOf(to)?.focus();
    } else if (!within && (event.key === "Enter" || event.key === " ")) onNew(at);
    else return;
    event.preventDefault();
  };
  return { grid, onKeyDown };
}

interface DayProps {
  day: Day;
  chosen: Day;
  today: Day;
}

interface DayNameProps extends DayProps {
  meetings: number;
  onDay(day: Day): void;
  onNew(day: Day): void;
}

function DayName({ day, chosen, today, meetings, onDay, onNew }: DayNameProps) {
  const date = midnight(day);
  const said = date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
    <div role="columnheader" class={day === today ? "week-name today" : "week-name"}>
      <button
        type="button"
        data-day={day}
        tabIndex={day === chosen ? 0 : -1}
        aria-label={words.dayWith(said, meetings)}
        aria-current={day === today ? "date" : undefined}
        aria-pressed={day === chosen}
        onFocus={() => day !== chosen && onDay(day)}
        onClick={() => onDay(day)}
        onDblClick={() => onNew(day)}
      >
        <span>{date.toLocaleDateString(undefined, { weekday: "short" })}</span>
        <strong>{date.getDate()}</strong>
      </button>
    </div>
  );
}

interface ColumnProps extends DayProps {
  placed: Placed<CalendarEvent>[];
  now: Clock;
  onEvent(event: CalendarEvent): void;
  onSlot(minutes: number): void;
}

function Column({ day, chosen, today, placed, now, onEvent, onSlot }: ColumnProps) {
  const onClick = (event: MouseEvent & { currentTarget: HTMLElement }) => {
    if (event.target !== event.currentTarget) return;
    const { top, height } = event.currentTarget.getBoundingClientRect();
    onSlot(((event.clientY - top) / height) * DAY_MINUTES);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click is at a time; by keyboard it is chosen in the dialog.
    // biome-ignore lint/a11y/useFocusableInteractive: its day's name and its meetings have the focus.
    <div
      class={day === today ? "week-day today" : "week-day"}
      role="gridcell"
      data-column={day}
      aria-selected={day === chosen}
      onClick={onClick}
    >
      {placed.map((each) => (
        <Block key={keyOf(each.event)} placed={each} onEvent={onEvent} />
      ))}
      {day === today && <div class="week-now" style={{ "--top": String(minutesOf(now)) }} />}
    </div>
  );
}

interface BlockProps {
  placed: Placed<CalendarEvent>;
  onEvent(event: CalendarEvent): void;
}

function Block({ placed: { event, top, bottom, column, columns }, onEvent }: BlockProps) {
  const open = event.answer === "pending" ? " open" : "";
  const short = bottom - top < SHORT_MINUTES ? " short" : "";
  return (
    <button
      type="button"
      class={`calendar-event week-event ${event.status}${open}${short}`}
      style={{
        "--top": String(top),
        "--minutes": String(bottom - top),
        "--column": String(column),
        "--columns": String(columns),
      }}
      onClick={() => onEvent(event)}
    >
      <strong dir="auto">{event.title}</strong>{" "}
      <span class="week-time">
        {timeOf(event.start)}–{timeOf(event.end)}
      </span>
      {words.status[event.status] && <span class="visually-hidden">, {words.status[event.status]}</span>}
    </button>
  );
}

/** Now, to the minute. */
function useMinute(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setTimeout(() => setNow(new Date()), 60_000 - (Date.now() % 60_000));
    return () => clearTimeout(timer);
  }, [now]);
  return now;
}
