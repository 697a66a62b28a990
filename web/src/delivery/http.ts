/** One way to call the REST API: JSON in and out, problems as exceptions, one silent refresh on 401. */

import { text } from "../text.ts";
import { localProblem, Problem, type ProblemDocument } from "./problem.ts";

export interface Credentials {
  /** The token to send, refreshed first when it is about to expire. */
  token(): Promise<string | null>;
  /** Called after a 401: get another token, or null when there is none to get. */
  renew(): Promise<string | null>;
}

export interface CallOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  credentials?: Credentials | null;
  keepalive?: boolean;
}

export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const token = (await options.credentials?.token()) ?? null;
  let response = await send(path, options, token);
  if (response.status === 401 && token && options.credentials) {
    const renewed = await options.credentials.renew();
    // Without another token the request may still be one that a guest can make.
    if (renewed !== token) response = await send(path, options, renewed);
  }
  if (response.status === 204) return undefined as T;
  const document = await response.json().catch(() => null);
  if (!response.ok) throw problemOf(response, document as ProblemDocument | null);
  return document as T;
}

async function send(path: string, options: CallOptions, token: string | null): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...options.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  if (options.body !== undefined) headers["content-type"] = "application/json";
  try {
    return await fetch(path, {
      method: options.method ?? "GET",
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: "same-origin",
      keepalive: options.keepalive ?? false,
    });
  } catch {
    throw localProblem("offline", text.errors.offline);
  }
}

function problemOf(response: Response, document: ProblemDocument | null): Problem {
  const retry = Number(response.headers.get("retry-after"));
  const known = document && typeof document === "object" ? document : {};
  return new Problem(
    { title: text.errors.unexpected, ...known, status: response.status },
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}
