/** The frame of every page outside a meeting. */

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { type User, user } from "../identity/session.ts";
import { Bell } from "../notifications/bell.tsx";
import { go } from "../router.ts";
import { text } from "../text.ts";
import { IconButton, Spinner } from "./controls.tsx";
import { AccountMenu, Nav } from "./nav.tsx";
import { nextTheme, theme } from "./theme.ts";

export function Brand() {
  return (
    <a class="brand" href="/" aria-label={text.common.home}>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="8" class="brand-back" />
        <circle cx="12.5" cy="16" r="6.5" class="brand-ring" />
        <circle cx="19.5" cy="16" r="6.5" class="brand-ring faint" />
      </svg>
      <span class="brand-name">Convoke</span>
    </a>
  );
}

function ThemeButton() {
  return (
    <IconButton
      icon={theme.value}
      tone="quiet"
      tip="down"
      label={text.common.theme(theme.value)}
      onClick={nextTheme}
    />
  );
}

interface ShellProps {
  children: ComponentChildren;
  /** One card in the middle. */
  narrow?: boolean;
  /** The page takes the height there is, and scrolls inside. */
  fill?: boolean;
}

export function Shell({ children, narrow = false, fill = false }: ShellProps) {
  const shell = ["shell", user.value && "with-nav", fill && "fill"].filter(Boolean).join(" ");
  return (
    <div class={shell}>
      <header class="shell-head">
        <Brand />
        <Nav />
        <div class="shell-tools">
          <Account />
        </div>
      </header>
      <main class={narrow ? "shell-main narrow" : "shell-main"}>{children}</main>
    </div>
  );
}

interface SignedInPageProps extends Omit<ShellProps, "children"> {
  title: string;
  children(me: User): ComponentChildren;
}

/** A page for people with an account: others log in first, and come back to it. */
export function SignedInPage({ title, children, ...shell }: SignedInPageProps) {
  const me = user.value;
  useEffect(() => {
    if (me === null) go(`/login?next=${encodeURIComponent(location.pathname + location.search)}`, "replace");
  }, [me]);
  useTitle(title);
  return <Shell {...shell}>{me ? children(me) : <Spinner label={text.common.loading} />}</Shell>;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Convoke`;
    return () => {
      document.title = "Convoke";
    };
  }, [title]);
}

function Account() {
  const me = user.value;
  if (me === undefined) return null;
  if (me) {
    return (
      <>
        <Bell />
        <AccountMenu me={me} />
      </>
    );
  }
  const next =
    location.pathname === "/" || location.pathname.startsWith("/log")
      ? ""
      : `?next=${encodeURIComponent(location.pathname)}`;
  return (
    <>
      <ThemeButton />
      <nav class="account" aria-label={text.identity.account}>
        <a class="button quiet" href={`/login${next}`}>
          {text.identity.logIn}
        </a>
        <a class="button plain wide-only" href={`/register${next}`}>
          {text.identity.register}
        </a>
      </nav>
    </>
  );
}
