/** The page of contacts: find people, keep them, see how they are, and be left in peace. */

import "./contacts.css";
import { useEffect, useRef } from "preact/hooks";
import { device } from "../delivery/device.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Spinner } from "../ui/controls.tsx";
import { type Pages, usePages } from "../ui/loading.ts";
import { Empty, Failed, More } from "../ui/parts.tsx";
import { SignedInPage } from "../ui/shell.tsx";
import { unblock } from "./actions.tsx";
import { myContacts } from "./api.ts";
import { blocks, blocksProblem, loadBlocks, useBlocks } from "./blocks.ts";
import { FindPeople } from "./find.tsx";
import { type Block, type Contact, withContact, withoutPerson } from "./model.ts";
import { ContactRow } from "./row.tsx";

const words = text.contacts;

export function ContactsPage() {
  return <SignedInPage title={words.title}>{() => <Contacts />}</SignedInPage>;
}

function Contacts() {
  const pages = usePages(myContacts, []);
  useNews(pages);
  const inList = (userId: string) => pages.items?.some((each) => each.person.user_id === userId) ?? false;
  return (
    <div class="contacts">
      <header>
        <h1>{words.title}</h1>
        <p class="hint">{words.lead}</p>
      </header>
      <FindPeople inList={inList} />
      <List pages={pages} />
      <Blocked />
    </div>
  );
}

function List({ pages }: { pages: Pages<Contact> }) {
  const { items, problem, more, busy } = pages;
  return (
    <section aria-labelledby="contact-list">
      <h2 id="contact-list">{words.list}</h2>
      {problem && <Failed problem={problem} onRetry={pages.again} />}
      {!items && !problem && <Spinner label={text.common.loading} />}
      {items?.length === 0 && <Empty icon="people" title={words.none} hint={words.noneHint} />}
      {items && items.length > 0 && (
        <ul class="people-list">
          {items.map((contact) => (
            <ContactRow key={contact.person.user_id} contact={contact} />
          ))}
        </ul>
      )}
      {more && <More busy={busy} onClick={pages.loadMore} />}
    </section>
  );
}

/** What one's other devices do shows here, and what this one does comes the same way. */
function useNews(pages: Pages<Contact>): void {
  const current = useRef(pages);
  current.current = pages;
  useEffect(() => {
    const blocked = (userId: string, is: boolean) =>
      current.current.set((items) =>
        items.map((each) => (each.person.user_id === userId ? { ...each, blocked: is } : each)),
      );
    const those = [
      device.on("contact.saved", ({ data }) =>
        current.current.set((items) => withContact(items, data.contact as Contact)),
      ),
      device.on("contact.removed", ({ data }) =>
        current.current.set((items) => withoutPerson(items, data.user_id as string)),
      ),
      device.on("block.added", ({ data }) => blocked((data.block as Block).person.user_id, true)),
      device.on("block.removed", ({ data }) => blocked(data.user_id as string, false)),
    ];
    those.push(device.onMissed(() => current.current.again()));
    return () => {
      for (const off of those) off();
    };
  }, []);
}

function Blocked() {
  useBlocks();
  const items = blocks.value;
  const problem = blocksProblem.value;
  if (problem) return <Failed problem={problem} onRetry={() => void loadBlocks()} />;
  if (!items?.length) return null;
  return (
    <details class="blocked-people">
      <summary>{`${words.blockedPeople} (${items.length})`}</summary>
      <ul class="people-list" aria-label={words.blockedPeople}>
        {items.map(({ person }) => (
          <li class="person-row" key={person.user_id}>
            <Avatar name={person.display_name} id={person.user_id} url={person.avatar_url} size="small" />
            <div class="person-what">
              <strong dir="auto">{person.display_name}</strong>
            </div>
            <Button aria-label={words.unblockName(person.display_name)} onClick={() => void unblock(person)}>
              {words.unblock}
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}
