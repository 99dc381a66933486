import { judge, type Verdict } from "../../lib/verdict.ts";
import type { VisitFigures } from "./figures.ts";

/** What a visit may come to on each network: requests, and copies in %. */
const LIMITS: Readonly<Record<string, { requests: number; copies: number }>> = {
  "40/150": { requests: 6.5, copies: 1 },
  "200/50": { requests: 7.5, copies: 3 },
  "0/0": { requests: 8.5, copies: 5 },
};
/** Dollars that a million of the shop's own events may cost. */
const DOLLARS = 0.5;

/** Judges the visits on one network, whose million events cost so many dollars. */
export function judgeVisits({ network: { name }, requests, copies, lost }: VisitFigures, dollars: number): Verdict[] {
  const limits = LIMITS[name];
  if (!limits) throw new Error(`expected one of ${Object.keys(LIMITS).join(", ")}, got ${name}`);
  return [
    judge(`visits at ${name}`, "requests a visit", requests, limits.requests),
    judge(`visits at ${name}`, "copies, %", copies, limits.copies),
    judge(
      `visits at ${name}`,
      "events lost",
      Object.values(lost).reduce((sum, n) => sum + n, 0),
      0,
    ),
    judge(`visits at ${name}`, "$ a million events", dollars, DOLLARS),
  ];
}
