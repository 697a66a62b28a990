/** The host's desk for breakout rooms: make them, plan who goes where, open, speak to all, close. */

import { useId, useState } from "preact/hooks";
import { text } from "../text.ts";
import { Button, Field, Select } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { toast } from "../ui/toasts.ts";
import { type BreakoutRoom, type Breakouts, isOpen } from "./breakouts.ts";
import { Countdown } from "./breakouts_banner.tsx";
import { isModerator, type Participant } from "./model.ts";
import { command } from "./people.tsx";
import type { MeetingSession } from "./session.ts";
import "./breakouts.css";

const words = text.breakouts;
const MINUTES = [5, 10, 15, 20, 30, 45, 60];
const CLOSING_SECONDS = 30;

interface Props {
  session: MeetingSession;
}

export function BreakoutsDialog({ session, onClose }: Props & { onClose(): void }) {
  const current = session.breakouts.current.value;
  return (
    <Dialog title={words.title} onClose={onClose}>
      <div class="breakouts">
        {!current || current.status === "closed" ? (
          <Make session={session} />
        ) : (
          <>
            <Rooms session={session} current={current} />
            {isOpen(current) ? (
              <Running session={session} current={current} />
            ) : (
              <Opening session={session} current={current} />
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}

function Make({ session }: Props) {
  const people = session.roster.others.value.filter((p) => !isModerator(p.role)).length;
  const [by, setBy] = useState<keyof typeof words.ways_to_make>("count");
  const [count, setCount] = useState(Math.min(10, Math.max(2, Math.round(people / 4))));
  const [names, setNames] = useState("");
  const [way, setWay] = useState<keyof typeof words.ways>("random");
  const [busy, setBusy] = useState(false);
  const make = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const assign = way === "random" ? "random" : "none";
    const named = names.split("\n").filter((name) => name.trim());
    const rooms = by === "names" ? { names: named } : { count };
    await command(session, "breakout.create", { ...rooms, assign, by_choice: way === "choice" });
    setBusy(false);
  };
  return (
    <form class="breakouts-form" onSubmit={(event) => void make(event)}>
      <p>{words.lead}</p>
      <Select
        label={words.by}
        value={by}
        options={Object.entries(words.ways_to_make)}
        onChange={(value) => setBy(value as keyof typeof words.ways_to_make)}
      />
      {by === "count" ? (
        <Field
          label={words.count}
          type="number"
          min={1}
          max={50}
          required
          first
          value={count}
          onInput={(e) => setCount(e.currentTarget.valueAsNumber)}
        />
      ) : (
        <Names value={names} onInput={setNames} />
      )}
      <Select
        label={words.assign}
        value={way}
        options={Object.entries(words.ways)}
        onChange={(value) => setWay(value as keyof typeof words.ways)}
      />
      <Button tone="primary" type="submit" busy={busy}>
        {words.make}
      </Button>
    </form>
  );
}

function Names({ value, onInput }: { value: string; onInput(names: string): void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{words.names}</label>
      <textarea
        id={id}
        dir="auto"
        rows={4}
        required
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </div>
  );
}

function Rooms({ session, current }: Props & { current: Breakouts }) {
  const open = isOpen(current);
  const everyone = [...(session.roster.room.value?.participants.values() ?? [])];
  const placeOf = (p: Participant) => (open ? (p.breakout_id ?? null) : (current.assignments[p.id] ?? null));
  const nowhere = everyone.filter((p) => placeOf(p) === null && (open || !isModerator(p.role)));
  return (
    <div class="breakouts-rooms">
      {current.rooms.map((room) => (
        <Room
          key={room.id}
          session={session}
          current={current}
          room={room}
          people={everyone.filter((p) => placeOf(p) === room.id)}
        />
      ))}
      <Room session={session} current={current} room={null} people={nowhere} />
    </div>
  );
}

function Room({
  session,
  current,
  room,
  people,
}: Props & { current: Breakouts; room: BreakoutRoom | null; people: Participant[] }) {
  const selfId = session.roster.room.value?.selfId;
  const here = people.some((p) => p.id === selfId);
  if (!room && people.length === 0) return null;
  const name = room?.name ?? (isOpen(current) ? words.main : words.unassigned);
  return (
    <section class="breakouts-room" aria-label={name}>
      <header>
        <h3 dir="auto">{name}</h3>
        {room && isOpen(current) && !here && (
          <Button onClick={() => void command(session, "breakout.enter", { room_id: room.id })}>
            {words.enter(room.name)}
          </Button>
        )}
        {room && here && <small>{words.here}</small>}
      </header>
      {people.length === 0 && <p class="faint">{words.empty}</p>}
      <ul>
        {people.map((p) => (
          <Person key={p.id} session={session} current={current} participant={p} room={room} />
        ))}
      </ul>
    </section>
  );
}

function Person({
  session,
  current,
  participant,
  room,
}: Props & { current: Breakouts; participant: Participant; room: BreakoutRoom | null }) {
  const self = participant.id === session.roster.room.value?.selfId;
  const move = (id: string) =>
    void command(session, "breakout.assign", { participant_ids: [participant.id], room_id: id || null });
  return (
    <li data-participant-id={participant.id}>
      <span dir="auto">
        {self ? text.meeting.youSuffix(participant.display_name) : participant.display_name}
      </span>
      {!self && (
        <select
          aria-label={words.roomOf(participant.display_name)}
          value={room?.id ?? ""}
          onChange={(event) => move(event.currentTarget.value)}
        >
          <option value="">{isOpen(current) ? words.main : words.unassigned}</option>
          {current.rooms.map((other) => (
            <option key={other.id} value={other.id}>
              {other.name}
            </option>
          ))}
        </select>
      )}
    </li>
  );
}

function Opening({ session, current }: Props & { current: Breakouts }) {
  const [minutes, setMinutes] = useState("");
  const [busy, setBusy] = useState(false);
  const open = async () => {
    setBusy(true);
    await command(session, "breakout.open", minutes ? { minutes: Number(minutes) } : {});
    setBusy(false);
  };
  const again = () => {
    const names = current.rooms.map((room) => room.name);
    const plan = { names, assign: "none", by_choice: current.by_choice };
    void command(session, "breakout.create", plan);
  };
  const limits: [string, string][] = MINUTES.map((n) => [String(n), words.minutesOf(n)]);
  return (
    <>
      <Select
        label={words.minutes}
        value={minutes}
        options={[["", words.noLimit], ...limits]}
        onChange={setMinutes}
      />
      <div class="breakouts-actions">
        <Button onClick={() => void command(session, "breakout.shuffle", {})}>{words.shuffle}</Button>
        <Button onClick={again}>{words.again}</Button>
        <Button tone="primary" busy={busy} onClick={() => void open()}>
          {words.open}
        </Button>
      </div>
    </>
  );
}

function Running({ session, current }: Props & { current: Breakouts }) {
  const [said, setSaid] = useState("");
  const say = async (event: Event) => {
    event.preventDefault();
    if (!(await command(session, "breakout.broadcast", { text: said }))) return;
    setSaid("");
    toast(words.sent);
  };
  const close = (seconds: number) => void command(session, "breakout.close", { seconds });
  return (
    <>
      <form class="breakouts-say" onSubmit={(event) => void say(event)}>
        <Field
          label={words.say}
          hint={words.sayHint}
          required
          maxLength={500}
          value={said}
          onInput={(e) => setSaid(e.currentTarget.value)}
        />
        <Button type="submit" icon="send">
          {words.send}
        </Button>
      </form>
      <div class="breakouts-actions">
        {current.ends_at && <Countdown endsAt={current.ends_at} />}
        {current.status === "closing" ? (
          <Button tone="danger" onClick={() => close(0)}>
            {words.closeNow}
          </Button>
        ) : (
          <Button tone="danger" onClick={() => close(CLOSING_SECONDS)}>
            {words.close}
          </Button>
        )}
      </div>
    </>
  );
}
