/**
 * Who is signed in. The access token lives in memory only; the refresh token is an HttpOnly cookie that this
 * page never sees.
 */

import { signal } from "@preact/signals";
import { type Credentials, call } from "../delivery/http.ts";
import { Problem } from "../delivery/problem.ts";
import { forgetAll, remember, remembered } from "../ui/memory.ts";
import { here } from "./places.ts";

export interface User {
  id: string;
  email: string;
  username: string | null;
  display_name: string;
  avatar_url: string | null;
  timezone: string;
  language: string;
  shows_last_seen: boolean;
  role: "user" | "admin";
}

interface Grant {
  user: User;
  access_token: string;
  expires_in: number;
}

/** undefined: not known yet. */
export const user = signal<User | null | undefined>(undefined);

let token: { value: string; expires: number } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let starting: Promise<void> | undefined;

export const credentials: Credentials = {
  async token() {
    await starting;
    if (token && token.expires - Date.now() < 10_000) await renew();
    return token?.value ?? null;
  },
  renew,
};

/** On page load: only someone who has signed in here before has a cookie worth trying. */
export function resumeSession(): Promise<void> {
  starting ??= (async () => {
    if (remembered("signedIn", false)) await renew();
    if (user.value === undefined) user.value = null;
  })();
  return starting;
}

export async function register(email: string, password: string, displayName: string): Promise<void> {
  const body = { email, password, display_name: displayName, cookie: true };
  take(await call<Grant>("/v1/auth/register", { method: "POST", body }));
  // A wish only: the account is there without it.
  const place = { method: "PATCH" as const, body: here(), credentials };
  void call<User>("/v1/me", place).then(
    (changed) => {
      // Nothing else of it: its owner may have changed their name meanwhile.
      const { timezone, language } = changed;
      if (user.value?.id === changed.id) user.value = { ...user.value, timezone, language };
    },
    () => undefined,
  );
}

export async function logIn(email: string, password: string): Promise<void> {
  take(await call<Grant>("/v1/auth/login", { method: "POST", body: { email, password, cookie: true } }));
}

export async function logOut(): Promise<void> {
  await call("/v1/auth/logout", { method: "POST", body: {}, credentials }).catch(() => undefined);
  forget();
}

/** So long the answer to a page that has gone may take to bring its cookie. */
const COOKIE_MS = 3000;

/**
 * One tab at a time: the cookie is shared, and a refresh token used twice (by two tabs at once) counts as
 * stolen and ends the session. `keepalive` lets the new cookie arrive even when the page is just closing, and the
 * next page (a reload right after a reload) waits for it.
 */
async function renew(): Promise<string | null> {
  if (!remembered("signedIn", false)) return null;
  const before = token?.value;
  return exclusively(async () => {
    if (token && token.value !== before) return token.value;
    await lastCookie();
    remember("renewing", Date.now());
    try {
      const body = { cookie: true };
      take(await call<Grant>("/v1/auth/refresh", { method: "POST", body, keepalive: true }));
    } catch (error) {
      if (error instanceof Problem && (error.status === 401 || error.status === 403)) forget();
      else if (user.value === undefined) user.value = null;
    } finally {
      remember("renewing", null);
    }
    return token?.value ?? null;
  });
}

/** Only a page that went in the middle of it leaves the mark. */
async function lastCookie(): Promise<void> {
  const age = Date.now() - remembered("renewing", 0);
  if (age >= 0 && age < COOKIE_MS) await new Promise((done) => setTimeout(done, COOKIE_MS - age));
}

function exclusively<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request("convoke.refresh", work) as Promise<T>) : work();
}

function take(grant: Grant): void {
  token = { value: grant.access_token, expires: Date.now() + grant.expires_in * 1000 };
  user.value = grant.user;
  remember("signedIn", true);
  clearTimeout(timer);
  timer = setTimeout(() => void renew(), Math.max(5000, (grant.expires_in - 60) * 1000));
}

function forget(): void {
  token = null;
  clearTimeout(timer);
  remember("signedIn", null);
  user.value = null;
  // Whoever comes to this device next finds nothing of what was not sent.
  forgetAll("unsent.");
  forgetAll("draft.");
}
