// @ts-check
// The charts over time, drawn by uPlot. Colours are those of the page, so they follow its light and dark.
import { byId, fill, make } from "./dom.js";
import { number, percent, span } from "./format.js";

/** @import { SeriesSection } from "../state.ts" */
/** @typedef {(number | null)[]} Values */
/** @typedef {{ name: string, values: Values, color: string }} Line */
/** @typedef {{ format: (value: number) => string, range?: (plot: unknown, low: number, high: number) => [number, number] }} Scale */

/** Least span of the axis. */
const LEAST_SECONDS = 120;
/** A join rate is that of so many seconds. */
const SMOOTH_SECONDS = 60;

const { uPlot } = /** @type {any} */ (globalThis);
/** @type {Map<string, { plot: any, lines: string }>} */
const plots = new Map();
/** @type {SeriesSection | undefined} */
let last;

/** @param {string} name */
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {SeriesSection} series */
export function drawSeries(series) {
  last = series;
  const { start, step, outcomes, joined, types, publish, lag } = fromFirst(series);
  const times = outcomes.map((_, n) => start + n * step);
  const rates = outcomes.map((_, at) => rateBefore(outcomes, joined, at, SMOOTH_SECONDS / step));
  draw("rate-chart", times, [{ name: "join rate", values: rates, color: "--good" }], {
    format: (v) => percent(v, 0),
    range: (_, low) => [low >= 0.8 ? 0.8 : 0, 1],
  });
  const known = rates.filter((rate) => rate !== null);
  label(
    "rate-chart",
    known.length === 0
      ? "Join rate over the last half hour: no outcome"
      : `Join rate over the last half hour: at last ${percent(known.at(-1) ?? 0)}, lowest ${percent(Math.min(...known))}`,
  );

  const byType = Object.entries(types).map(([name, counts], n) => ({
    name,
    color: `--c${(n % 8) + 1}`,
    values: counts.map((count) => count / step),
  }));
  draw("types-chart", times, byType, { format: (v) => number(Number(v.toPrecision(3))) });
  legend(
    "types-legend",
    byType.map((line) => ({ ...line, text: `${line.name} ${number(Number((line.values.at(-2) ?? 0).toPrecision(3)))}/s` })),
  );
  label(
    "types-chart",
    `Events a second over the last half hour: ${byType.map(({ name, values }) => `${name} at most ${number(Math.max(...values))}`).join(", ") || "none"}`,
  );

  const seconds = [
    { name: "queue lag", values: lag, color: "--c1" },
    { name: "publish", values: publish, color: "--c2" },
  ];
  draw("seconds-chart", times, seconds, { format: span });
  legend(
    "seconds-legend",
    seconds.map((line) => ({ ...line, text: `${line.name}, longest of a round` })),
  );
  label(
    "seconds-chart",
    `Over the last half hour: ${seconds.map(({ name, values }) => `${name} at most ${span(Math.max(0, ...values.map((v) => v ?? 0)))}`).join(", ")}`,
  );
}

/**
 * The join rate of so many steps up to one: a single step has few outcomes.
 * @param {number[]} outcomes @param {number[]} joined @param {number} at @param {number} steps
 */
function rateBefore(outcomes, joined, at, steps) {
  const sum = (/** @type {number[]} */ counts) => counts.slice(Math.max(0, at + 1 - steps), at + 1).reduce((a, b) => a + b, 0);
  const all = sum(outcomes);
  return all === 0 ? null : sum(joined) / all;
}

/** The series from its first value on, but no less than two minutes. @param {SeriesSection} series @returns {SeriesSection} */
function fromFirst({ start, step, outcomes, joined, types, publish, lag }) {
  const all = Object.values(types);
  const first = outcomes.findIndex((_, n) => publish[n] !== null || all.some((counts) => (counts[n] ?? 0) > 0));
  const from = Math.min(first === -1 ? Infinity : Math.max(0, first - 1), outcomes.length - LEAST_SECONDS / step);
  const cut = (/** @type {any[]} */ values) => values.slice(from);
  return {
    start: start + from * step,
    step,
    outcomes: cut(outcomes),
    joined: cut(joined),
    publish: cut(publish),
    lag: cut(lag),
    types: Object.fromEntries(Object.entries(types).map(([name, counts]) => [name, cut(counts)])),
  };
}

/** @param {string} id @param {string} text */
const label = (id, text) => byId(id).setAttribute("aria-label", text);

/** @param {string} id @param {{ color: string, text: string }[]} lines */
function legend(id, lines) {
  fill(
    id,
    lines.map((line) => make("li", { class: line.color.slice(2) }, line.text)),
  );
}

/** @param {string} id @param {number[]} times @param {Line[]} lines @param {Scale} scale */
function draw(id, times, lines, scale) {
  const data = [times, ...lines.map(({ values }) => values)];
  const names = lines.map(({ name }) => name).join(" ");
  const known = plots.get(id);
  if (known?.lines === names) return known.plot.setData(data);
  known?.plot.destroy();
  const host = byId(id);
  const plot = new uPlot(options(host, lines, scale), data, host);
  plots.set(id, { plot, lines: names });
}

/** @param {HTMLElement} host @param {Line[]} lines @param {Scale} scale */
function options(host, lines, { format, range }) {
  const axis = {
    stroke: color("--soft"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui",
  };
  return {
    ...size(host),
    tzDate: (/** @type {number} */ at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 26, 0, 0],
    scales: {
      y: {
        range:
          range ??
          ((/** @type {any} */ _, /** @type {number} */ _low, /** @type {number} */ high) => [0, Math.max(high * 1.1, 0.001)]),
      },
    },
    axes: [
      {
        ...axis,
        space: 90,
        incrs: [60, 120, 300, 600],
        values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map(hour),
      },
      { ...axis, size: 58, space: 28, values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((v) => format(v)) },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.name,
        stroke: color(line.color),
        width: 2,
        spanGaps: true,
        points: { show: line.values.filter((v) => v !== null).length === 1, size: 6 },
      })),
    ],
  };
}

/** The axis has the zone at every mark, and the date where it begins. @param {number} at @param {number} index */
function hour(at, index) {
  const iso = new Date(at * 1000).toISOString();
  return index === 0 ? `${iso.slice(11, 16)} UTC\n${iso.slice(0, 10)}` : `${iso.slice(11, 16)} UTC`;
}

/** @param {HTMLElement} host */
const size = (host) => ({ width: host.clientWidth, height: host.clientHeight });

function drawAnew() {
  for (const { plot } of plots.values()) plot.destroy();
  plots.clear();
  if (last) drawSeries(last);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAnew);
new ResizeObserver(() => {
  for (const [id, { plot }] of plots) plot.setSize(size(byId(id)));
}).observe(document.body);
