/** A month as a grid of days: arrow keys move in it, as WAI-ARIA's date grid has them. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { timeOf } from "../ui/dates.ts";
import { dayAfterKey, isCommand } from "./keys.ts";
import { byDay, type CalendarEvent, type Day, dayOf, keyOf, midnight, weekStart } from "./model.ts";
import { weekdayName } from "./repeat_fields.tsx";

const words = text.calendar;
const SHOWN = 3;

interface MonthProps {
  day: Day;
  weeks: Day[][];
  events: readonly CalendarEvent[];
  busy: boolean;
  onDay(day: Day): void;
  onEvent(event: CalendarEvent): void;
  onNew(day: Day): void;
}

export function Month({ day, weeks, events, busy, onDay, onEvent, onNew }: MonthProps) {
  const grid = useRef<HTMLTableElement>(null);
  const moved = useRef(false);
  const days = byDay(events);
  const start = weekStart();
  const month = day.slice(0, 7);
  useLayoutEffect(() => {
    if (moved.current) grid.current?.querySelector<HTMLElement>("[data-day][tabindex='0']")?.focus();
    moved.current = false;
  }, [day]);
  const onKeyDown = (event: KeyboardEvent) => {
    // Within a day's meetings the keys are the browser's.
    if (!(event.target as HTMLElement).dataset.day || isCommand(event)) return;
    const to = dayAfterKey(event.key, day, { page: "month", weekStart: start });
    if (event.key === "Enter" || event.key === " ") onNew(day);
    else if (to) {
      moved.current = true;
      onDay(to);
    } else return;
    event.preventDefault();
  };
  return (
    <table
      class="month"
      // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid of days, as WAI-ARIA has it.
      role="grid"
      aria-label={words.grid(monthName(day))}
      aria-busy={busy}
      ref={grid}
      onKeyDown={onKeyDown}
    >
      <thead>
        <tr>
          {Array.from({ length: 7 }, (_, n) => (n + start + 6) % 7).map((n) => (
            <th key={n} scope="col" abbr={weekdayName(n, "long")}>
              {weekdayName(n)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((each) => (
              <Cell
                key={each}
                day={each}
                chosen={each === day}
                outside={!each.startsWith(month)}
                events={days.get(each) ?? []}
                onDay={onDay}
                onEvent={onEvent}
                onNew={onNew}
              />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export const monthName = (day: Day): string =>
  midnight(day).toLocaleDateString(undefined, { month: "long", year: "numeric" });

interface CellProps {
  day: Day;
  chosen: boolean;
  outside: boolean;
  events: CalendarEvent[];
  onDay(day: Day): void;
  onEvent(event: CalendarEvent): void;
  onNew(day: Day): void;
}

function Cell({ day, chosen, outside, events, onDay, onEvent, onNew }: CellProps) {
  const date = midnight(day);
  const today = day === dayOf(new Date());
  const said = date.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
  const names = ["month-day", outside && "outside", today && "today"].filter(Boolean).join(" ");
  return (
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of the grid of days
    // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
    <td class={names} role="gridcell" aria-selected={chosen}>
      <button
        type="button"
        class="month-number"
        data-day={day}
        tabIndex={chosen ? 0 : -1}
        aria-label={words.dayWith(said, events.length)}
        aria-current={today ? "date" : undefined}
        onFocus={() => !chosen && onDay(day)}
        onDblClick={() => onNew(day)}
      >
        {date.getDate()}
      </button>
      {events.slice(0, events.length > SHOWN ? SHOWN - 1 : SHOWN).map((event) => (
        <EventChip key={keyOf(event)} event={event} onEvent={onEvent} />
      ))}
      {events.length > SHOWN && (
        <details class="month-more">
          <summary>{words.more(events.length - SHOWN + 1)}</summary>
          {events.slice(SHOWN - 1).map((event) => (
            <EventChip key={keyOf(event)} event={event} onEvent={onEvent} />
          ))}
        </details>
      )}
    </td>
  );
}

function EventChip({ event, onEvent }: { event: CalendarEvent; onEvent(event: CalendarEvent): void }) {
  const open = event.answer === "pending" ? " open" : "";
  return (
    <button
      type="button"
      class={`calendar-event month-event ${event.status}${open}`}
      onClick={() => onEvent(event)}
    >
      <span class="month-time">{timeOf(event.start)}</span> <span dir="auto">{event.title}</span>
      {words.status[event.status] && <span class="visually-hidden">, {words.status[event.status]}</span>}
    </button>
  );
}
