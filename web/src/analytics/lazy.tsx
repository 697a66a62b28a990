/** The pages with charts. */

import { lazily } from "../ui/lazy.tsx";

export const UsagePage = lazily(async () => (await import("./usage.tsx")).UsagePage);
export const InsightsPage = lazily<{ code: string }>(
  async () => (await import("./insights.tsx")).InsightsPage,
);
