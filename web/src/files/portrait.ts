/** Pictures of people: what an avatar's address leads to, and a new one of one's own. */

import { device } from "../delivery/device.ts";
import { call } from "../delivery/http.ts";
import { Problem } from "../delivery/problem.ts";
import { credentials, type User, user } from "../identity/session.ts";
import { text } from "../text.ts";
import { complete, type Link, readFile, type StoredFile, startUpload } from "./api.ts";
import { transfer } from "./transfer.ts";

const EARLY_MS = 30_000;
const CHECK_MS = 60_000;
const links = new Map<string, Promise<Link>>();

/** Where the picture is for the next minutes; null: there is none, or only who is signed in sees it. */
export async function portraitAt(address: string): Promise<string | null> {
  if (!user.value || !address.startsWith("/v1/users/")) return null;
  const before = links.get(address);
  const known = before && (await before.catch(() => null));
  if (known && Date.parse(known.expires_at) - EARLY_MS > Date.now()) return known.url;
  // Many avatars of one person come at once: one of them asks.
  const meanwhile = links.get(address);
  if (meanwhile && meanwhile !== before) return (await meanwhile).url;
  const asked = call<Link>(`${address}&redirect=false`, { credentials });
  links.set(address, asked);
  return (await asked).url;
}

/** Upload, wait for the check, and show it from then on. */
export async function choosePortrait(file: File): Promise<void> {
  const wanted = { name: file.name, size: file.size, content_type: file.type, purpose: "avatar" as const };
  const started = await startUpload(wanted);
  const id = started.file.id;
  await transfer(started.upload, file, () => undefined).done;
  const checked = await outcome(id);
  if (checked.status !== "ready") throw refused(checked.reason);
  user.value = await call<User>("/v1/me/avatar", { method: "PUT", body: { file_id: id }, credentials });
}

export async function removePortrait(): Promise<void> {
  await call("/v1/me/avatar", { method: "DELETE", credentials });
  if (user.value) user.value = { ...user.value, avatar_url: null };
}

async function outcome(id: string): Promise<StoredFile> {
  let off = (): void => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const told = new Promise<StoredFile>((resolve, reject) => {
    off = device.on("file.updated", (event) => {
      const file = event.data.file as StoredFile;
      if (file.id === id && isDone(file)) resolve(file);
    });
    timer = setTimeout(() => reject(refused(null)), CHECK_MS);
  });
  try {
    await complete(id);
    // The event may have come before anybody listened.
    const now = await readFile(id);
    return isDone(now) ? now : await told;
  } finally {
    off();
    clearTimeout(timer);
  }
}

const isDone = (file: StoredFile): boolean => file.status === "ready" || file.status === "refused";

const refused = (reason: string | null): Problem =>
  new Problem({ title: text.files.refused[reason ?? ""] ?? text.files.refusedPlain });
