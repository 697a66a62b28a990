import { expect, test } from "vitest";
import { type Contact, known, nameOf, withContact, withoutPerson } from "../../src/contacts/model.ts";

function contact(user_id: string, display_name: string, alias: string | null = null): Contact {
  const person = { user_id, display_name, username: null, avatar_url: null };
  return { person, alias, blocked: false, created_at: "2026-11-20T12:00:00Z" };
}

test("a contact stands where its name belongs, and once", () => {
  const list = [contact("1", "Ada"), contact("3", "Zoe")];
  const names = (contacts: Contact[]) => contacts.map(nameOf);
  expect(names(withContact(list, contact("2", "Bob")))).toEqual(["Ada", "Bob", "Zoe"]);
  expect(names(withContact(list, contact("3", "Zoe", "aaron")))).toEqual(["aaron", "Ada"]);
  expect(names(withoutPerson(list, "1"))).toEqual(["Zoe"]);
});

test("below the name stands what else is known of them", () => {
  const { person } = contact("1", "Ada");
  expect(known(person, null)).toBe("");
  expect(known(person, "Mum")).toBe("Ada");
  expect(known({ ...person, username: "ada.l" }, "Mum")).toBe("Ada · @ada.l");
});
