/** Calls are loaded once somebody is signed in: whoever opens a meeting's link does not wait for them. */

import { lazily, lazyPart } from "../ui/lazy.tsx";

export const CallsPage = lazily(async () => (await import("./page.tsx")).CallsPage);
export const CallsInBackground = lazyPart(async () => (await import("./layer.tsx")).CallLayer);
