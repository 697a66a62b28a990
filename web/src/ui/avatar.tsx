/** A person: their picture where they have one, or initials on a colour that stays theirs. */

import { useEffect, useState } from "preact/hooks";
import { portraitAt } from "../files/portrait.ts";
import { hue, initials } from "./names.ts";

interface AvatarProps {
  name: string;
  id: string;
  size?: "small" | "medium" | "large";
  /** As the API gives it with a person. */
  url?: string | null | undefined;
}

export function Avatar({ name, id, size = "medium", url = null }: AvatarProps) {
  const picture = usePicture(url);
  return (
    <span class={`avatar ${size}`} data-hue={hue(id)} aria-hidden="true">
      {picture ? <img src={picture.at} alt="" onError={picture.failed} /> : initials(name)}
    </span>
  );
}

function usePicture(url: string | null) {
  // With whose it is, so that nobody is shown with the one before.
  const [found, setFound] = useState<{ of: string; at: string | null } | null>(null);
  useEffect(() => {
    let current = true;
    if (url)
      portraitAt(url).then(
        (at) => current && setFound({ of: url, at }),
        () => undefined,
      );
    return () => {
      current = false;
    };
  }, [url]);
  return found?.of === url && found.at ? { at: found.at, failed: () => setFound(null) } : null;
}
