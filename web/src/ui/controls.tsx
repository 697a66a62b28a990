/** Buttons and fields as they look everywhere. */

import type { ButtonHTMLAttributes, ComponentChildren, InputHTMLAttributes } from "preact";
import { useId, useState } from "preact/hooks";
import { useFirstFocus } from "./focus.ts";
import { Icon, type IconName } from "./icons.tsx";

type ButtonProps = Omit<ButtonHTMLAttributes, "icon" | "size"> & {
  tone?: "primary" | "plain" | "danger" | "quiet";
  icon?: IconName;
  busy?: boolean;
  children?: ComponentChildren;
};

export function Button({ tone = "plain", icon, busy = false, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${tone} ${rest.class ?? ""}`}
      disabled={(disabled as boolean) || busy}
      aria-busy={busy}
    >
      {busy ? <span class="spinner small" aria-hidden="true" /> : icon && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}

type IconButtonProps = Omit<ButtonHTMLAttributes, "icon" | "size"> & {
  icon: IconName;
  label: string;
  /** Key that does the same, shown in the tooltip. */
  shortcut?: string | undefined;
  tone?: "plain" | "off" | "on" | "danger" | "quiet";
  badge?: number;
  size?: number;
  tip?: "up" | "down" | "none";
};

export function IconButton({
  icon,
  label,
  shortcut,
  tone = "plain",
  badge = 0,
  size = 20,
  tip = "up",
  ...rest
}: IconButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={`icon-button ${tone} ${rest.class ?? ""}`}
      aria-label={label}
      aria-keyshortcuts={shortcut}
      data-tip={tip === "none" ? undefined : shortcut ? `${label} (${shortcut.toUpperCase()})` : label}
      data-tip-side={tip}
    >
      <Icon name={icon} size={size} />
      <Count of={badge} />
    </button>
  );
}

/** How much is new, for the eye only: the name of what it stands on says it too. */
export function Count({ of, look = "badge" }: { of: number; look?: string }) {
  if (of <= 0) return null;
  return (
    <span class={look} aria-hidden="true">
      {of > 99 ? "99+" : of}
    </span>
  );
}

type FieldProps = Omit<InputHTMLAttributes, "label"> & {
  label: string;
  hint?: string | undefined;
  error?: string | null | undefined;
  /** It is the first thing to do on its page. */
  first?: boolean;
};

export function Field({ label, hint, error, first = false, ...rest }: FieldProps) {
  const id = useId();
  const ref = useFirstFocus<HTMLInputElement>(first);
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={ref}
        dir="auto"
        {...(rest as object)}
        aria-invalid={error ? true : undefined}
        aria-describedby={note ? `${id}-note` : undefined}
      />
      {note && (
        <p id={`${id}-note`} class={error ? "field-error" : "field-hint"}>
          {note}
        </p>
      )}
    </div>
  );
}

export function Select({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: string;
  options: readonly [value: string, words: string][];
  onChange(value: string): void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(e) => onChange(e.currentTarget.value)}>
        {options.map(([key, words]) => (
          <option key={key} value={key}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Toggle({
  label,
  hint,
  checked,
  onChange,
}: {
  label: string;
  hint?: string;
  checked: boolean;
  /** Where it gives a promise, what was chosen is shown until that is settled, and then what is. */
  onChange(on: boolean): unknown;
}) {
  const [chosen, setChosen] = useState<{ on: boolean } | null>(null);
  const on = chosen?.on ?? checked;
  const choose = async (wish: { on: boolean }) => {
    setChosen(wish);
    try {
      await onChange(wish.on);
    } finally {
      setChosen((latest) => (latest === wish ? null : latest));
    }
  };
  return (
    <label class="toggle">
      <span class="toggle-text">
        {label}
        {hint && <small>{hint}</small>}
      </span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={on}
        checked={on}
        onChange={(e) => void choose({ on: e.currentTarget.checked })}
      />
    </label>
  );
}

export function Spinner({ label }: { label: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>{label}</p>
    </div>
  );
}

export function Notice({
  tone = "info",
  children,
}: {
  tone?: "info" | "error" | "warn";
  children: ComponentChildren;
}) {
  return (
    <div class={`notice ${tone}`} role={tone === "error" ? "alert" : "status"}>
      {children}
    </div>
  );
}
