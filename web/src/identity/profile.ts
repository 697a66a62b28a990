/** One's own account and where it is signed in, over REST. */

import { call } from "../delivery/http.ts";
import { credentials, type User, user } from "./session.ts";

export type Profile = Pick<User, "display_name" | "username" | "timezone" | "language" | "shows_last_seen">;

export interface Session {
  id: string;
  current: boolean;
  device: { name?: string | null; platform?: string | null };
  ip_address: string | null;
  user_agent: string | null;
  created_at: string;
  last_used_at: string;
}

export async function saveProfile(changes: Partial<Profile>): Promise<void> {
  user.value = await call<User>("/v1/me", { method: "PATCH", body: changes, credentials });
}

/** This one first, then by when they were last used. */
export async function mySessions(): Promise<Session[]> {
  const { items } = await call<{ items: Session[] }>("/v1/me/sessions", { credentials });
  const used = (s: Session) => Date.parse(s.last_used_at);
  return items.sort((a, b) => Number(b.current) - Number(a.current) || used(b) - used(a));
}

export function endSession(id: string): Promise<void> {
  return call(`/v1/me/sessions/${encodeURIComponent(id)}`, { method: "DELETE", credentials });
}
