/** A person without a picture: initials on a colour that stays theirs. */

import { hue, initials } from "./names.ts";

export function Avatar({
  name,
  id,
  size = "medium",
}: {
  name: string;
  id: string;
  size?: "small" | "medium" | "large";
}) {
  return (
    <span class={`avatar ${size}`} data-hue={hue(id)} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
