/** People as others see them, and one's own lists of them. */

import type { Person } from "../chat/model.ts";

export type { Person };

export interface Contact {
  person: Person;
  /** One's own name for them. */
  alias: string | null;
  blocked: boolean;
  created_at: string;
}

export interface Block {
  person: Person;
  created_at: string;
}

export const nameOf = (contact: Contact): string => contact.alias ?? contact.person.display_name;

/** What stands below the name: the name they gave themselves where one has another, and their user name. */
export function known(person: Person, alias: string | null): string {
  return [alias ? person.display_name : null, person.username ? `@${person.username}` : null]
    .filter(Boolean)
    .join(" · ");
}

/** In the order in which the server lists them, each once. */
export function withContact(contacts: Contact[], contact: Contact): Contact[] {
  const others = contacts.filter((each) => each.person.user_id !== contact.person.user_id);
  const place = (each: Contact) => nameOf(each).toLowerCase();
  return [...others, contact].sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0));
}

export const withoutPerson = <T extends { person: Person }>(items: T[], userId: string): T[] =>
  items.filter((each) => each.person.user_id !== userId);
