/** The places of somebody signed in: beside the brand, and on a phone along the bottom. */

import type { Signal } from "@preact/signals";
import { logOut, type User, user } from "../identity/session.ts";
import { go, type Route, route } from "../router.ts";
import { text } from "../text.ts";
import { Avatar } from "./avatar.tsx";
import { badges } from "./badges.ts";
import { Count } from "./controls.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { Menu, type MenuItem } from "./menu.tsx";
import { nextTheme, theme } from "./theme.ts";

const words = text.nav;

interface Place {
  path: string;
  label: string;
  icon: IconName;
  pages: Route["page"][];
  badge?: Signal<number>;
}

const places: Place[] = [
  { path: "/", label: words.meetings, icon: "camera", pages: ["home", "insights"] },
  { path: "/chats", label: words.chats, icon: "chat", pages: ["chats"], badge: badges.chats },
  { path: "/calls", label: words.calls, icon: "call", pages: ["calls"], badge: badges.calls },
  { path: "/contacts", label: words.contacts, icon: "people", pages: ["contacts"] },
  { path: "/calendar", label: words.calendar, icon: "calendar", pages: ["calendar"] },
];

export function Nav() {
  if (!user.value) return null;
  return (
    <nav class="nav" aria-label={words.main}>
      {places.map((place) => (
        <NavLink key={place.path} place={place} />
      ))}
    </nav>
  );
}

function NavLink({ place }: { place: Place }) {
  const fresh = place.badge?.value ?? 0;
  return (
    <a
      class="nav-link"
      href={place.path}
      aria-label={fresh ? words.fresh(place.label, fresh) : undefined}
      aria-current={place.pages.includes(route.value.page) ? "page" : undefined}
    >
      <span class="nav-icon">
        <Icon name={place.icon} size={19} />
        <Count of={fresh} />
      </span>
      <span class="nav-label">{place.label}</span>
    </a>
  );
}

export function AccountMenu({ me }: { me: User }) {
  const items: MenuItem[] = [
    { label: text.identity.account, icon: "settings", run: () => go("/account") },
    ...(me.role === "admin"
      ? [{ label: text.identity.usage, icon: "signal" as const, run: () => go("/usage") }]
      : []),
    { label: text.common.theme(theme.value), icon: theme.value, run: nextTheme },
    { label: text.identity.logOut, icon: "logout", run: () => void logOut().then(() => go("/")) },
  ];
  return (
    <Menu label={text.identity.accountOf(me.display_name)} items={items}>
      <Avatar name={me.display_name} id={me.id} url={me.avatar_url} size="small" />
    </Menu>
  );
}
