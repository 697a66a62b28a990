/** /usage: how much Convoke is used, for administrators. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { user } from "../identity/session.ts";
import { text } from "../text.ts";
import { Spinner } from "../ui/controls.tsx";
import { Icon } from "../ui/icons.tsx";
import { Shell } from "../ui/shell.tsx";
import {
  DIMENSIONS,
  type Dimension,
  METRICS,
  type Metric,
  type Series,
  type Unit,
  type Usage,
  usagePath,
} from "./api.ts";
import { Chart } from "./chart.tsx";
import { useLoaded } from "./loading.ts";
import { told } from "./numbers.ts";
import { Download, Failure } from "./parts.tsx";
import { words } from "./words.ts";
import "./analytics.css";

const RANGES = [7, 30, 90];
const SHOWN = 6;
/** In minutes: quarters and whole hours. In counts: nothing is half a meeting. */
const STEPS: Record<Unit, number[] | undefined> = {
  minutes: [5, 15, 30, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5].map((h) => 60 * h)],
  count: [1, 2, 5].flatMap((n) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((e) => n * 10 ** e)).sort((a, b) => a - b),
  bytes: undefined,
};
const say = words.usage;

export function UsagePage() {
  const me = user.value;
  useEffect(() => {
    document.title = `${say.title} · Convoke`;
    return () => {
      document.title = "Convoke";
    };
  }, []);
  if (me === undefined) {
    return (
      <Shell>
        <Spinner label={text.common.loading} />
      </Shell>
    );
  }
  return <Shell>{me?.role === "admin" ? <Board /> : <AdminsOnly signedIn={me !== null} />}</Shell>;
}

function AdminsOnly({ signedIn }: { signedIn: boolean }) {
  return (
    <div class="empty">
      <Icon name="lock" size={28} />
      <p>{say.adminsOnly}</p>
      <small>{say.adminsOnlyLead}</small>
      {!signedIn && (
        <a class="button primary" href="/login?next=%2Fusage">
          {text.identity.logIn}
        </a>
      )}
    </div>
  );
}

function Board() {
  const [days, setDays] = useState(30);
  const [metric, setMetric] = useState<Metric>("total_meetings");
  const [dimension, setDimension] = useState<Dimension>("total");
  const path = usagePath(metric, dimension, days, SHOWN);
  const usage = useLoaded<Usage>(path);
  return (
    <div class="analytics">
      <header class="analytics-head">
        <div>
          <h1>{say.title}</h1>
          <p class="hint">{say.lead}</p>
        </div>
        <Choice name={say.range} values={RANGES} chosen={days} label={say.days} onChoose={setDays} />
      </header>
      <div class="stats" role="group" aria-label={say.metric}>
        {METRICS.map((one) => (
          <Stat key={one} metric={one} days={days} chosen={one === metric} onChoose={() => setMetric(one)} />
        ))}
      </div>
      <section class="card panel-card" aria-busy={usage.busy}>
        <div class="section-head">
          <label class="inline-field">
            <span>{say.by}</span>
            <select
              value={dimension}
              onChange={(event) => setDimension(event.currentTarget.value as Dimension)}
            >
              {DIMENSIONS.map((one) => (
                <option key={one} value={one}>
                  {say.dimensions[one]}
                </option>
              ))}
            </select>
          </label>
          <Download path={usagePath(metric, dimension, days, 1000)} name={`usage-${metric}.csv`} />
        </div>
        {usage.problem && <Failure problem={usage.problem} onRetry={usage.again} />}
        {!usage.value && !usage.problem && <Spinner label={text.common.loading} />}
        {usage.value && <Numbers usage={usage.value} />}
      </section>
      <p class="hint">{words.utc}</p>
    </div>
  );
}

function Numbers({ usage }: { usage: Usage }) {
  const times = useMemo(
    () => (usage.series[0]?.points ?? []).map((point) => Date.parse(point.date) / 1000),
    [usage],
  );
  const lines = useMemo(
    () =>
      usage.series.map((one) => ({
        name: nameOf(one, usage),
        values: one.points.map((point) => point.value),
      })),
    [usage],
  );
  if (usage.series.length === 0) {
    return (
      <div class="empty">
        <Icon name="calendar" size={28} />
        <p>{say.empty}</p>
        <small>{say.emptyHint}</small>
      </div>
    );
  }
  return (
    <>
      <Chart
        title={say.perDay(say.metrics[usage.metric])}
        times={times}
        lines={lines}
        kind="days"
        format={(value) => told(value, usage.unit)}
        least={1}
        {...(STEPS[usage.unit] ? { steps: STEPS[usage.unit] } : {})}
      />
      {usage.dimension !== "total" && <Shares usage={usage} />}
    </>
  );
}

/** The same as a table, which also says what the chart leaves to the eye. */
function Shares({ usage }: { usage: Usage }) {
  const most = Math.max(...usage.series.map((one) => one.total), 1);
  return (
    <table class="shares">
      <thead>
        <tr>
          <th scope="col">{say.dimensions[usage.dimension]}</th>
          <th scope="col" class="wide-only">
            {say.share}
          </th>
          <th scope="col" class="number">
            {usage.metric === "peak_concurrent" ? say.peakNote : say.total}
          </th>
        </tr>
      </thead>
      <tbody>
        {usage.series.map((one, number) => (
          <tr key={one.value}>
            <th scope="row">
              <span class={`swatch swatch-${(number % SHOWN) + 1}`} aria-hidden="true" />
              {nameOf(one, usage)}
            </th>
            <td class="wide-only">
              <span class="share" style={{ width: `${(100 * one.total) / most}%` }} />
            </td>
            <td class="number">{told(one.total, usage.unit)}</td>
          </tr>
        ))}
      </tbody>
      {usage.others > 0 && (
        <tfoot>
          <tr>
            <td colSpan={3}>{say.others(usage.others)}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

interface StatProps {
  metric: Metric;
  days: number;
  chosen: boolean;
  onChoose(): void;
}

function Stat({ metric, days, chosen, onChoose }: StatProps) {
  const { value, problem } = useLoaded<Usage>(usagePath(metric, "total", days, 1));
  const number = value ? told(value.series[0]?.total ?? 0, value.unit) : problem ? "–" : "…";
  return (
    <button type="button" class="stat" aria-pressed={chosen} onClick={onChoose}>
      <span>{say.metrics[metric]}</span>
      <strong>{number}</strong>
    </button>
  );
}

interface ChoiceProps {
  name: string;
  values: readonly number[];
  chosen: number;
  label(value: number): string;
  onChoose(value: number): void;
}

function Choice({ name, values, chosen, label, onChoose }: ChoiceProps) {
  return (
    <fieldset class="choice">
      <legend class="visually-hidden">{name}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="radio" name={name} checked={value === chosen} onChange={() => onChoose(value)} />
          <span>{label(value)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function nameOf(series: Series, usage: Usage): string {
  if (usage.dimension === "total") return say.metrics[usage.metric];
  if (usage.dimension === "user_id") return series.label ?? say.someone;
  return say.values[series.value] ?? series.value;
}
