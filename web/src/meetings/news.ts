/** Notes about what happens while one looks elsewhere: someone waits, someone wrote. */

import { useEffect, useRef } from "preact/hooks";
import { text } from "../text.ts";
import { dismiss, toast } from "../ui/toasts.ts";
import { command } from "./people.tsx";
import type { MeetingSession } from "./session.ts";
import type { View } from "./view.ts";

export function useNews(session: MeetingSession, view: View): void {
  const panel = view.panel.value;
  useEffect(() => {
    if (panel === "people") dismiss("lobby");
    if (panel === "chat") dismiss("chat");
  }, [panel]);
  const seen = useRef(new Set<string>());
  const lobby = session.roster.room.value?.lobby ?? [];
  const moderator = session.roster.moderator.value;
  useEffect(() => {
    const news = lobby.filter((p) => !seen.current.has(p.id));
    seen.current = new Set(lobby.map((p) => p.id));
    const [first] = news;
    if (!moderator || panel === "people" || !first) return;
    if (lobby.length > 1) {
      const show = () => {
        view.panel.value = "people";
      };
      return toast(text.meeting.waitMany(lobby.length), {
        kind: "lobby",
        action: { label: text.meeting.view, run: show },
      });
    }
    const admit = () => void command(session, "lobby.admit", { participant_id: first.id });
    return toast(text.meeting.waits(first.display_name), {
      kind: "lobby",
      action: { label: text.meeting.admit, run: admit },
    });
  }, [lobby, moderator]);
  const message = session.chat.value?.latest.value;
  useEffect(() => {
    if (!message || view.panel.value === "chat") return;
    const show = () => {
      view.panel.value = "chat";
    };
    const words = (message.content ?? "").slice(0, 80);
    const name = message.sender.display_name;
    const from = message.recipient_participant_id ? text.chat.privateFrom(name) : name;
    toast(text.chat.from(from, words), {
      kind: "chat",
      action: { label: text.meeting.view, run: show },
      ms: 5000,
    });
  }, [message]);
}
