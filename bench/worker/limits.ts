/** What the collector promises of its CPU, as ratios within the rounds: raw milliseconds are this machine's. */
import { judge, type Verdict } from "../lib/verdict.ts";
import { plainOf } from "./bodies.ts";
import { EVENTS } from "./contenders.ts";
import { named, ratios, timesPlain } from "./figures.ts";
import type { Measured } from "./measure.ts";

/** Times the floor that the collector may take for a valid batch. */
const TIMES_FLOOR = 2.5;

/** Times a plain body of as many bytes, or where it has few of as many events, that any body within the wire's limits may take. */
const TIMES_PLAIN = 3;

/** Judges each limit whose rows have been measured. */
export function limits(rows: readonly Measured[], hostile: readonly Measured[] = []): Verdict[] {
  const row = (name: string): Measured | undefined => named(rows, name);
  const [handler, floor, few, many] = [row("handler"), row("floor"), row(`handler-${EVENTS}`), row("handler-500")];
  const verdicts: Verdict[] = [];
  if (handler && floor)
    verdicts.push(judge("handler", `${EVENTS} events, times floor`, ratios(handler, floor).median, TIMES_FLOOR));
  if (few && many) {
    // The whole CPU of a request, by its events: what answering costs by itself, many events share.
    const growth = ratios(many, few).median * (few.contender.events / many.contender.events);
    verdicts.push(judge("handler-500", `CPU an event, times that at ${EVENTS}`, growth, 1));
  }
  for (const other of hostile) {
    const { name, bundle } = other.contender;
    const plain = plainOf(name);
    if (name !== plain && !bundle) verdicts.push(judge(name, `times ${plain}`, timesPlain(other, hostile), TIMES_PLAIN));
  }
  return verdicts;
}
