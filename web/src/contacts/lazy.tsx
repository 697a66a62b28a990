/** The page of contacts, loaded when somebody goes there. */

import { lazily } from "../ui/lazy.tsx";

export const ContactsPage = lazily(async () => (await import("./page.tsx")).ContactsPage);
