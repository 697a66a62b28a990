/** Choosing a reaction: a grid that arrow keys move in. */

import { text } from "../text.ts";

export const QUICK = ["👍", "❤️", "😂", "😮", "😢", "🎉"];
const COLUMNS = 8;
const MORE = [
  ..."😀 😁 😊 😍 🤔 😴 🥳 😎 🤯 😅 😭 😡 🙄 🤗 🤝 👏".split(" "),
  ..."👍 👎 👌 🙏 💪 👀 ✅ ❌ ❤️ 🧡 💚 💙 💯 🔥 ⭐ 🚀".split(" "),
  ..."🎉 🎂 ☕ 🍕 🌍 ☀️ 🌧️ ⏰ 💡 📌 📎 🐛 🔒 ❓ ❗ ➕".split(" "),
];

interface EmojisProps {
  /** All of them, or those used most. */
  all: boolean;
  onChoose(emoji: string): void;
}

export function Emojis({ all, onChoose }: EmojisProps) {
  return (
    <div class="emojis" role="group" aria-label={text.chat.chooseReaction} onKeyDown={inGrid}>
      {(all ? MORE : QUICK).map((emoji) => (
        <button
          key={emoji}
          type="button"
          aria-label={text.chat.reactWith(emoji)}
          onClick={() => onChoose(emoji)}
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}

const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -COLUMNS,
  ArrowDown: COLUMNS,
};

function inGrid(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = STEPS[event.key];
  if (!step) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step];
  // Beyond the last row the keys of what is around go on.
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();
  next.focus();
}
