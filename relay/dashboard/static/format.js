// @ts-check
// Numbers and times as people read them. Every time has its date and its zone.

/** @param {number} value */
export const number = (value) => value.toLocaleString("en-GB");

/**
 * A share in percent, cut and not rounded: 100 % is all of them.
 * @param {number} share @param {number} [digits]
 */
export function percent(share, digits = 1) {
  const factor = 10 ** (digits + 2);
  return `${(Math.floor(share * factor + 1e-9) / 10 ** digits).toFixed(digits)}\u00A0%`;
}

/** @param {number} n @param {string} what */
export const plural = (n, what) => `${number(n)}\u00A0${what}${n === 1 ? "" : "s"}`;

/** @param {string} iso */
export const time = (iso) => (iso === "" ? "–" : `${iso.slice(0, 10)}\u00A0${iso.slice(11, 19)}\u00A0UTC`);

/** A span of time. @param {number} seconds */
export function span(seconds) {
  const size = Math.abs(seconds);
  if (size < 0.9995) return `${Math.round(seconds * 1000)}\u00A0ms`;
  if (size < 120) return `${seconds.toFixed(size < 10 ? 2 : 1)}\u00A0s`;
  if (size < 7_200) return `${Math.round(seconds / 60)}\u00A0min`;
  return size < 172_800 ? `${(seconds / 3600).toFixed(1)}\u00A0h` : `${(seconds / 86_400).toFixed(1)}\u00A0days`;
}

/** From one time to another, with its sign. @param {string} from @param {string} to */
export function between(from, to) {
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000;
  return Number.isNaN(seconds) ? "" : `${seconds < 0 ? "−" : "+"}${span(Math.abs(seconds))}`;
}

/** @param {string} surface */
export const surfaceName = (surface) => (surface === "" ? "(no surface)" : surface);

const VERDICTS = {
  exposure: "seen",
  joined: "joined",
  orphan: "orphan so far",
  decision: "decided",
  repeated: "repeated",
  other: "–",
  rejected: "refused",
};

/** @import { ArrivedEvent } from "../state.ts" */

/** @param {ArrivedEvent} event */
export const verdictOf = ({ verdict, code }) => (code === "" ? VERDICTS[verdict] : `${VERDICTS[verdict]}: ${code}`);
