/** The page of the calendar, loaded when somebody goes there. */

import { lazily } from "../ui/lazy.tsx";

export const CalendarPage = lazily(async () => (await import("./page.tsx")).CalendarPage);
