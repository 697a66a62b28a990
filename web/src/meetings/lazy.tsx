/** What of meetings is loaded when it is needed. */

import { lazyPart } from "../ui/lazy.tsx";

export const ScheduleDialog = lazyPart(async () => (await import("./schedule.tsx")).ScheduleDialog);
