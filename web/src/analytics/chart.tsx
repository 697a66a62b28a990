/** One chart over time, drawn by uPlot in the page's own colours, as wide as there is room for. */

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../ui/theme.ts";

export interface Line {
  name: string;
  /** One for each of `times`; null is a gap. */
  values: (number | null)[];
}

interface ChartProps {
  title: string;
  hint?: string;
  /** Seconds since 1970. */
  times: number[];
  lines: Line[];
  kind?: "line" | "days";
  format(value: number): string;
  /** Distances between the scale's marks that read well; uPlot's own are decimal. */
  steps?: number[];
  /** The scale reaches at least so far: a flat good line must not look like a storm. */
  least?: number;
}

const HEIGHT = 220;

export function Chart({ title, hint, times, lines, kind = "line", format, steps, least = 0 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = theme.value;
  useEffect(() => {
    const box = place.current;
    if (!box) return;
    let plot = draw(box, { times, lines, kind, format, steps, least });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const again = () => {
      plot.destroy();
      plot = draw(box, { times, lines, kind, format, steps, least });
    };
    const sized = new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT }));
    dark.addEventListener("change", again);
    sized.observe(box);
    return () => {
      dark.removeEventListener("change", again);
      sized.disconnect();
      plot.destroy();
    };
  }, [times, lines, kind, steps, least, scheme]);
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        {hint && <small>{hint}</small>}
      </figcaption>
      <div ref={place} class="chart-place" role="img" aria-label={summary(title, lines, format)} />
    </figure>
  );
}

type Drawn = Required<Pick<ChartProps, "times" | "lines" | "kind" | "format" | "least">> &
  Pick<ChartProps, "steps">;

function draw(box: HTMLElement, { times, lines, kind, format, steps, least }: Drawn): uPlot {
  const ink = colour(box, "--muted");
  const grid = { stroke: colour(box, "--line"), width: 1 };
  const axis = { stroke: ink, grid, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const days = kind === "days";
  const bars = days && lines.length === 1 ? uPlot.paths.bars?.({ size: [0.7, 40], radius: 0.15 }) : undefined;
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 86_400;
  return new uPlot(
    {
      width: box.clientWidth,
      height: HEIGHT,
      ...(days ? { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1000), "UTC") } : {}),
      legend: { live: true },
      cursor: { y: false, points: { size: 7 } },
      scales: {
        x: { range: (_, low, high) => (bars ? [low - step / 2, high + step / 2] : [low, high]) },
        y: { range: (_, _low, high) => [0, Math.max(least, (high ?? 0) * 1.08, 1e-9)] },
      },
      axes: [
        { ...axis, grid: { show: false }, values: (_, splits) => splits.map((at) => stamp(at, days)) },
        {
          ...axis,
          size: 76,
          ...(steps ? { incrs: steps } : {}),
          values: (_, splits) => splits.map((value) => (value === null ? "" : format(value))),
        },
      ],
      series: [
        { label: days ? "Day" : "Time", value: (_, at) => (at === null ? "–" : stamp(at, days, true)) },
        ...lines.map((line, number) => {
          const stroke = colour(box, `--chart-${(number % 6) + 1}`);
          return {
            label: line.name,
            stroke,
            width: 2,
            points: { show: days && !bars && times.length < 40, size: 5, fill: stroke },
            spanGaps: false,
            value: (_: uPlot, value: number | null) => (value === null ? "–" : format(value)),
            ...(bars ? { paths: bars, fill: stroke } : {}),
          };
        }),
      ],
    },
    [times, ...lines.map((line) => line.values)] as uPlot.AlignedData,
    box,
  );
}

function stamp(at: number, days: boolean, long = false): string {
  const moment = new Date(at * 1000);
  return days
    ? moment.toLocaleDateString(undefined, {
        day: "numeric",
        month: "short",
        timeZone: "UTC",
        ...(long ? { weekday: "short" } : {}),
      })
    : moment.toLocaleTimeString(undefined, {
        hour: "2-digit",
        minute: "2-digit",
        ...(long ? { second: "2-digit" } : {}),
      });
}

/** A custom property as a canvas understands it. */
function colour(box: HTMLElement, name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(${name})`;
  box.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** What a picture says, for whoever does not see it. */
function summary(title: string, lines: readonly Line[], format: (value: number) => string): string {
  const said = lines.map((line) => {
    const values = line.values.filter((value) => value !== null);
    if (values.length === 0) return `${line.name}: –`;
    return `${line.name}: ${format(Math.min(...values))} – ${format(Math.max(...values))}`;
  });
  return `${title}. ${said.join(", ")}`;
}
