/** A collector that is out for a while. */
import type { Fault, Front } from "../stage/front.ts";
import type { Finding } from "./scenario.ts";

/** How often a second the collector may be asked while it is out, beside the first few. */
const MOST_A_SECOND = 2;

/** An outage. */
export interface Outage {
  /** Resolves with `performance.now()` of its end. */
  over: Promise<number>;
  /** Adds to a finding how many requests came meanwhile, and that they were too many. */
  count(finding: Finding): Finding;
}

/** Every POST fails this way for so long, from the first one on. */
export function beginOutage(front: Front, fault: Fault, ms: number): Outage {
  const over = Promise.withResolvers<number>();
  let until = Infinity;
  let during = 0;
  front.fault = () => {
    if (until === Infinity) {
      until = performance.now() + ms;
      setTimeout(() => over.resolve(until), ms);
    }
    if (performance.now() >= until) return undefined;
    during++;
    return fault;
  };
  return {
    over: over.promise,
    count(finding) {
      const most = 5 + (ms / 1000) * MOST_A_SECOND;
      const problems = during > most ? [`${during} requests came in an outage of ${ms} ms`] : [];
      return { ...finding, during, problems: [...finding.problems, ...problems] };
    },
  };
}
