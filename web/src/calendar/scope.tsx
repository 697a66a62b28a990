/** Whether a change is about one meeting of a series, or about it and all that follow. */

import "./plan.css";
import { text } from "../text.ts";
import type { Scope } from "./api.ts";

const words = text.calendar;

export function ScopeChoice({ scope, onChange }: { scope: Scope; onChange(scope: Scope): void }) {
  return (
    <fieldset class="scope">
      <legend>{words.scope}</legend>
      {(["one", "following"] as const).map((each) => (
        <label key={each}>
          <input type="radio" name="scope" checked={scope === each} onChange={() => onChange(each)} />{" "}
          {words[each]}
        </label>
      ))}
    </fieldset>
  );
}
