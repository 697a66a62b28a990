/** /m/{code}/insights: how one meeting went, for its host. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { asProblem, type Problem } from "../delivery/problem.ts";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Button, Spinner } from "../ui/controls.tsx";
import { dateTime } from "../ui/dates.ts";
import { Icon } from "../ui/icons.tsx";
import { Shell } from "../ui/shell.tsx";
import { type MeetingQuality, type ParticipantQuality, qualityPath, read } from "./api.ts";
import { Chart } from "./chart.tsx";
import { useLoaded } from "./loading.ts";
import { bitrate, percent } from "./numbers.ts";
import { Download, Failure } from "./parts.tsx";
import { Story } from "./story.tsx";
import { words } from "./words.ts";
import "./analytics.css";

const say = words.insights;

export function InsightsPage({ code }: { code: string }) {
  const me = user.value;
  const quality = useLoaded<MeetingQuality>(me ? qualityPath(code) : null);
  const title = quality.value?.title;
  useEffect(() => {
    if (title) document.title = `${say.title(title)} · Convoke`;
    return () => {
      document.title = "Convoke";
    };
  }, [title]);
  const refused = me === null || [401, 403, 404].includes(quality.problem?.status ?? 0);
  return (
    <Shell>
      <div class="analytics">
        {refused ? (
          <NotYours code={code} signedIn={me !== null} />
        ) : (
          <>
            <Head code={code} quality={quality.value} />
            <section aria-labelledby="quality" class="analytics-section">
              <div class="section-head">
                <h2 id="quality">{say.quality}</h2>
                {quality.value && quality.value.items.length > 0 && (
                  <Download path={qualityPath(code)} name={`quality-${code}.csv`} />
                )}
              </div>
              {quality.problem && <Failure problem={quality.problem} onRetry={quality.again} />}
              {!quality.value && !quality.problem && <Spinner label={text.common.loading} />}
              {quality.value && <People code={code} first={quality.value} />}
            </section>
            {me && <Story code={code} />}
          </>
        )}
      </div>
    </Shell>
  );
}

function NotYours({ code, signedIn }: { code: string; signedIn: boolean }) {
  return (
    <div class="empty">
      <Icon name="lock" size={28} />
      <p>{say.notYours}</p>
      <small>{say.notYoursLead}</small>
      {!signedIn && (
        <a class="button primary" href={`/login?next=${encodeURIComponent(`/m/${code}/insights`)}`}>
          {text.identity.logIn}
        </a>
      )}
    </div>
  );
}

function Head({ code, quality }: { code: string; quality: MeetingQuality | null }) {
  const began = quality?.started_at;
  const minutes =
    began && quality?.ended_at
      ? Math.round((Date.parse(quality.ended_at) - Date.parse(began)) / 60_000)
      : null;
  return (
    <header class="analytics-head">
      <div>
        <a class="link" href="/">
          {say.back}
        </a>
        <h1>{say.title(quality?.title || say.untitled)}</h1>
        <p class="hint">
          {[code, began && dateTime(began), began && (minutes === null ? say.ongoing : say.lasted(minutes))]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
    </header>
  );
}

function People({ code, first }: { code: string; first: MeetingQuality }) {
  const [more, setMore] = useState<ParticipantQuality[]>([]);
  const [cursor, setCursor] = useState(first.next_cursor);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [open, setOpen] = useState<string | null>(null);
  const load = async () => {
    if (!cursor) return;
    setBusy(true);
    setProblem(null);
    try {
      const page = await read<MeetingQuality>(qualityPath(code, { cursor }));
      setMore((before) => [...before, ...page.items]);
      setCursor(page.next_cursor);
    } catch (error) {
      setProblem(asProblem(error));
    }
    setBusy(false);
  };
  const all = [...first.items, ...more];
  if (all.length === 0) {
    return (
      <div class="empty">
        <Icon name="people" size={28} />
        <p>{say.nobody}</p>
        <small>{say.nobodyHint}</small>
      </div>
    );
  }
  return (
    <>
      <ul class="quality-list">
        {all.map((person) => (
          <Person
            key={person.participant_id}
            code={code}
            person={person}
            open={open === person.participant_id}
            onToggle={() => setOpen(open === person.participant_id ? null : person.participant_id)}
          />
        ))}
      </ul>
      {problem && <Failure problem={problem} onRetry={() => void load()} />}
      {cursor && (
        <Button busy={busy} onClick={() => void load()}>
          {say.more}
        </Button>
      )}
    </>
  );
}

interface PersonProps {
  code: string;
  person: ParticipantQuality;
  open: boolean;
  onToggle(): void;
}

function Person({ code, person, open, onToggle }: PersonProps) {
  const facts = [
    person.uplink_packet_loss !== null && say.facts.up(percent(person.uplink_packet_loss)),
    person.downlink_packet_loss !== null && say.facts.down(percent(person.downlink_packet_loss)),
    person.round_trip !== null && say.facts.trip(person.round_trip),
    person.network_type,
  ].filter(Boolean);
  return (
    <li class="card person-quality">
      <div class="quality-head">
        <Avatar name={person.display_name} id={person.participant_id} size="small" />
        <strong class="quality-name">{person.display_name}</strong>
        <span class={`chip rating-${person.rating}`}>{say.ratings[person.rating]}</span>
        {person.reports > 0 && (
          <Button
            class="quality-open"
            tone="quiet"
            aria-expanded={open}
            aria-label={say.show(person.display_name)}
            onClick={onToggle}
          >
            {say.details}
          </Button>
        )}
      </div>
      {facts.length > 0 && <p class="hint">{facts.join(" · ")}</p>}
      {person.findings.length > 0 ? (
        <ul class="findings">
          {person.findings.map((finding) => (
            <li key={finding.kind + finding.first + finding.words} class={finding.severity}>
              {finding.words}
            </li>
          ))}
        </ul>
      ) : (
        <p class="hint">{person.reports > 0 ? say.allWell : say.unmeasured}</p>
      )}
      {open && <Charts code={code} person={person} />}
    </li>
  );
}

function Charts({ code, person }: { code: string; person: ParticipantQuality }) {
  const path = qualityPath(code, { participant: person.participant_id });
  const { value, problem, again } = useLoaded<MeetingQuality>(path);
  const points = value?.items[0]?.points;
  const drawn = useMemo(() => {
    if (!points) return null;
    const line = (name: string, of: keyof (typeof points)[number]) => ({
      name,
      values: points.map((point) => point[of] as number | null),
    });
    return {
      times: points.map((point) => Date.parse(point.at) / 1000),
      loss: [line(say.sent, "uplink_packet_loss"), line(say.received, "downlink_packet_loss")],
      bitrate: [line(say.sent, "uplink_bitrate"), line(say.received, "downlink_bitrate")],
      delay: [
        line(say.roundTrip, "round_trip"),
        line(say.jitterUp, "uplink_jitter"),
        line(say.jitterDown, "downlink_jitter"),
      ],
    };
  }, [points]);
  if (problem) return <Failure problem={problem} onRetry={again} />;
  if (!drawn) return <Spinner label={text.common.loading} />;
  const milliseconds = (value: number) => `${Math.round(value)} ms`;
  return (
    <section class="charts" aria-label={say.chartsOf(person.display_name)}>
      <Chart
        title={say.loss}
        hint={say.lossHint}
        times={drawn.times}
        lines={drawn.loss}
        format={percent}
        least={5}
      />
      <Chart
        title={say.bitrate}
        hint={say.bitrateHint}
        times={drawn.times}
        lines={drawn.bitrate}
        format={bitrate}
        least={100_000}
      />
      <Chart
        title={say.delay}
        hint={say.delayHint}
        times={drawn.times}
        lines={drawn.delay}
        format={milliseconds}
        least={200}
      />
      <Download path={path} name={`quality-${code}-${person.participant_id}.csv`} />
    </section>
  );
}
