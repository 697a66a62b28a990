/** The frame of every page outside a meeting. */

import type { ComponentChildren } from "preact";
import { logOut, user } from "../identity/session.ts";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { Avatar } from "./avatar.tsx";
import { IconButton } from "./controls.tsx";
import { nextTheme, theme } from "./theme.ts";

export function Brand() {
  return (
    <a class="brand" href="/" aria-label={text.common.home}>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="8" class="brand-back" />
        <circle cx="12.5" cy="16" r="6.5" class="brand-ring" />
        <circle cx="19.5" cy="16" r="6.5" class="brand-ring faint" />
      </svg>
      <span>Convoke</span>
    </a>
  );
}

export function ThemeButton() {
  const icon = theme.value === "system" ? "system" : theme.value;
  return (
    <IconButton
      icon={icon}
      tone="quiet"
      tip="down"
      label={text.common.theme(theme.value)}
      onClick={nextTheme}
    />
  );
}

export function Shell({ children, narrow = false }: { children: ComponentChildren; narrow?: boolean }) {
  return (
    <div class="shell">
      <header class="shell-head">
        <Brand />
        <div class="shell-tools">
          <ThemeButton />
          <Account />
        </div>
      </header>
      <main class={narrow ? "shell-main narrow" : "shell-main"}>{children}</main>
    </div>
  );
}

function Account() {
  const me = user.value;
  if (me === undefined) return null;
  const next =
    location.pathname === "/" || location.pathname.startsWith("/log")
      ? ""
      : `?next=${encodeURIComponent(location.pathname)}`;
  if (me === null) {
    return (
      <nav class="account" aria-label={text.identity.account}>
        <a class="button quiet" href={`/login${next}`}>
          {text.identity.logIn}
        </a>
        <a class="button plain wide-only" href={`/register${next}`}>
          {text.identity.register}
        </a>
      </nav>
    );
  }
  return (
    <nav class="account" aria-label={text.identity.account}>
      {me.role === "admin" && (
        <a class="button quiet" href="/usage">
          {text.identity.usage}
        </a>
      )}
      <a class="account-link" href="/account" aria-label={text.identity.accountOf(me.display_name)}>
        <Avatar name={me.display_name} id={me.id} size="small" />
        <span class="account-name wide-only" dir="auto">
          {me.display_name}
        </span>
      </a>
      <IconButton
        icon="logout"
        tone="quiet"
        tip="down"
        label={text.identity.logOut}
        onClick={() => void logOut().then(() => go("/"))}
      />
    </nav>
  );
}
