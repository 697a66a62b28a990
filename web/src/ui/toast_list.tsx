import { text } from "../text.ts";
import { IconButton } from "./controls.tsx";
import { hold, letGo, take, toasts } from "./toasts.ts";

export function ToastList() {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-label={text.common.notes}>
      {toasts.value.map((note) => {
        const close = () => take(note);
        return (
          <div
            key={note.key}
            class={`toast ${note.tone}`}
            onPointerMove={() => hold(note.key)}
            onPointerLeave={() => letGo(note)}
            onFocusIn={() => hold(note.key)}
            onFocusOut={() => letGo(note)}
          >
            <span>{note.message}</span>
            {note.action && (
              <button
                type="button"
                class="toast-action"
                onClick={() => {
                  note.action?.run();
                  close();
                }}
              >
                {note.action.label}
              </button>
            )}
            <IconButton
              icon="close"
              size={16}
              tone="quiet"
              tip="none"
              label={text.common.dismiss}
              onClick={close}
            />
          </div>
        );
      })}
    </div>
  );
}
