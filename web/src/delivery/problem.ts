/** What the server answers when it cannot do something (RFC 9457), from REST and socket alike. */

import { text } from "../text.ts";

export interface ProblemDocument {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  errors?: { loc?: (string | number)[]; field?: string; msg?: string; message?: string }[];
}

export class Problem extends Error {
  readonly slug: string;
  readonly status: number;
  readonly detail: string;
  readonly errors: NonNullable<ProblemDocument["errors"]>;
  readonly retryAfter: number | null;

  constructor(document: ProblemDocument, retryAfter: number | null = null) {
    super(document.title || document.detail || "Something went wrong");
    this.name = "Problem";
    this.slug = slugOf(document.type);
    this.status = document.status ?? 0;
    this.detail = document.detail ?? "";
    this.errors = document.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** The first validation message about one field of the request, if there is one. */
  about(field: string): string | null {
    const error = this.errors.find((e) => e.field === field || e.loc?.includes(field));
    return error ? (error.msg ?? error.message ?? null) : null;
  }
}

/** Problems made on this side of the wire: no network, no reply in time. */
export function localProblem(slug: "offline" | "timeout" | "closed", title: string): Problem {
  return new Problem({ type: `/problems/${slug}`, title, status: 0 });
}

/** Whatever was thrown, as something that can be shown. What is no problem of the server's is a fault of ours. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  console.error("convoke:", error);
  return new Problem({ title: text.errors.unexpected });
}

function slugOf(type: string | undefined): string {
  return type?.split("/").pop() || "unknown";
}
