/** Contacts, blocks and the search for people, over REST. */

import { call } from "../delivery/http.ts";
import { credentials } from "../identity/session.ts";
import type { Page } from "../ui/loading.ts";
import type { Block, Contact, Person } from "./model.ts";

const PAGE = 50;

function page(path: string, cursor: string | null): string {
  const query = new URLSearchParams({ limit: String(PAGE), ...(cursor ? { cursor } : {}) });
  return `${path}?${query}`;
}

export const myContacts = (cursor: string | null): Promise<Page<Contact>> =>
  call(page("/v1/contacts", cursor), { credentials });

/** For a list before anything was typed. */
export async function firstContacts(): Promise<Person[]> {
  const { items } = await myContacts(null);
  return items.filter((contact) => !contact.blocked).map((contact) => contact.person);
}

export function addContact(userId: string, alias?: string | null): Promise<Contact> {
  const body = { user_id: userId, ...(alias ? { alias } : {}) };
  return call("/v1/contacts", { method: "POST", body, credentials });
}

export function renameContact(userId: string, alias: string | null): Promise<Contact> {
  return call(`/v1/contacts/${userId}`, { method: "PATCH", body: { alias }, credentials });
}

export const removeContact = (userId: string): Promise<void> =>
  call(`/v1/contacts/${userId}`, { method: "DELETE", credentials });

export async function findPeople(query: string): Promise<Person[]> {
  const path = `/v1/people?${new URLSearchParams({ q: query })}`;
  return (await call<{ items: Person[] }>(path, { credentials })).items;
}

export const myBlocks = (cursor: string | null): Promise<Page<Block>> =>
  call(page("/v1/blocks", cursor), { credentials });

export const blockPerson = (userId: string): Promise<Block> =>
  call(`/v1/blocks/${userId}`, { method: "PUT", credentials });

export const unblockPerson = (userId: string): Promise<void> =>
  call(`/v1/blocks/${userId}`, { method: "DELETE", credentials });
