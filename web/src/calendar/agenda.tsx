/** What comes, day by day: all there is room for on a phone. */

import { text } from "../text.ts";
import { dayOf as dayInWords, timeOf } from "../ui/dates.ts";
import { byDay, type CalendarEvent, keyOf, midnight } from "./model.ts";

const words = text.calendar;

export function Agenda({
  events,
  onEvent,
}: {
  events: readonly CalendarEvent[];
  onEvent(event: CalendarEvent): void;
}) {
  return (
    <div class="agenda">
      {[...byDay(events)].map(([day, of]) => (
        <section key={day} aria-labelledby={`agenda-${day}`}>
          <h3 id={`agenda-${day}`}>{dayInWords(midnight(day).toISOString())}</h3>
          <ul>
            {of.map((event) => (
              <li key={keyOf(event)}>
                <button type="button" class={`agenda-event ${event.status}`} onClick={() => onEvent(event)}>
                  <span class="agenda-time">
                    {timeOf(event.start)}–{timeOf(event.end)}
                  </span>
                  <strong dir="auto">{event.title}</strong>
                  <Chips event={event} />
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

export function Chips({ event }: { event: CalendarEvent }) {
  return (
    <span class="agenda-chips">
      {words.status[event.status] && <span class={`chip ${event.status}`}>{words.status[event.status]}</span>}
      {event.type === "recurring" && <span class="chip">{words.repeats}</span>}
      {event.answer && <span class="chip">{text.invitations.states[event.answer]}</span>}
    </span>
  );
}
