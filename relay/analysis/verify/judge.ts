import type { VerifyReport } from "./report.ts";

interface Demands {
  surface?: string | undefined;
  /** The least join rate, from 0 to 1. */
  failUnder?: number | undefined;
}

/** Why a report does not stand, in words; empty where it does. */
export function judge(report: VerifyReport, { surface, failUnder }: Demands): string[] {
  const { exposures, decisions, joined, orphans, unreadable, surfaces, join_rate, rejected } = report;
  const isEmpty = exposures + decisions.items + joined + orphans === 0;
  if (isEmpty && surface !== undefined && !surfaces.includes(surface)) {
    const known = surfaces.length === 0 ? "none at all" : surfaces.join(", ");
    return [`no event is of the surface ${surface}; the source has ${known}`];
  }
  const refused = Object.values(rejected).reduce((sum, events) => sum + events, 0);
  if (isEmpty && refused > 0) return [`no event was taken, and ${refused} ${refused === 1 ? "was" : "were"} refused`];
  if (isEmpty) {
    const others = unreadable.records === 0 ? "" : `, and ${unreadable.records} of its records are no events`;
    return [`there is no decision, exposure or outcome in the source${others}`];
  }
  if (failUnder === undefined) return [];
  if (join_rate === null) return ["there is no outcome, and so no join rate"];
  // Not join_rate, which is rounded: with one orphan among millions it is 1.
  const rate = joined / (joined + orphans);
  return rate < failUnder ? [`the join rate is ${rate}, under ${failUnder}`] : [];
}
