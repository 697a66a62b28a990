/** Files over REST. Their bytes go to the store and come from it by links that last for minutes. */

import type { FileRef } from "../chat/model.ts";
import { type Credentials, call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";

export interface StoredFile extends FileRef {
  reason: string | null;
  chat_id: string | null;
  message_id: string | null;
}

export interface Limits {
  max_size: number;
  max_image_size: number;
  daily_bytes: number;
  daily_left: number;
  files_a_message: number;
  /** Types, and the endings that names of each may have. */
  content_types: Record<string, string[]>;
}

export interface Upload {
  url: string;
  method: "PUT";
  headers: Record<string, string>;
}

export interface Link {
  url: string;
  expires_at: string;
}

export type Variant = "original" | "thumbnail";

export const readLimits = (): Promise<Limits> => call("/v1/files/limits", { credentials });

interface Wanted {
  name: string;
  size: number;
  content_type: string;
  chat_id?: string;
  purpose?: "message" | "avatar";
}

export function startUpload(wanted: Wanted): Promise<{ file: StoredFile; upload: Upload }> {
  return call("/v1/files", { method: "POST", body: wanted, credentials });
}

export const complete = (fileId: string): Promise<StoredFile> =>
  call(`/v1/files/${fileId}/complete`, { method: "POST", body: {}, credentials });

export const readFile = (fileId: string): Promise<StoredFile> => call(`/v1/files/${fileId}`, { credentials });

export const dropFile = (fileId: string): Promise<void> =>
  call(`/v1/files/${fileId}`, { method: "DELETE", credentials });

/** A guest of a meeting has other credentials than who is signed in. */
function readLink(fileId: string, variant: Variant, as: Credentials): Promise<Link> {
  const query = new URLSearchParams({ variant, redirect: "false" });
  return call(`/v1/files/${fileId}/content?${query}`, { credentials: as });
}

/** A link is good for a while: that long it is not asked for again. */
const EARLY_MS = 30_000;
const links = new Map<string, Promise<Link>>();

export async function linkTo(
  fileId: string,
  variant: Variant,
  as: Credentials = credentials,
): Promise<string> {
  const key = `${fileId} ${variant}`;
  const known = await links.get(key)?.catch(() => null);
  if (known && Date.parse(known.expires_at) - EARLY_MS > Date.now()) return known.url;
  const asked = readLink(fileId, variant, as);
  links.set(key, asked);
  return (await asked).url;
}

/** The last link did not do. */
export function forgetLink(fileId: string, variant: Variant): void {
  links.delete(`${fileId} ${variant}`);
}

/** The store names the file and says that it is for saving, so the page stays. */
export async function download(file: FileRef, as: Credentials = credentials): Promise<void> {
  const anchor = document.createElement("a");
  anchor.href = await linkTo(file.id, "original", as);
  anchor.download = file.name;
  anchor.rel = "noopener";
  anchor.click();
}
