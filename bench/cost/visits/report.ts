import { markdownTable } from "../../lib/markdown-table.ts";
import { exact, fine, whole } from "../../lib/numbers.ts";
import type { VisitFigures } from "./figures.ts";
import { VISIT } from "./visit.ts";

/** What visits on one network came to, and the dollars of a million of their events. */
export interface VisitRow {
  figures: VisitFigures;
  dollars: number;
}

/** How the visits were made. */
export interface VisitsMade {
  visits: number;
  kills: boolean;
  seed: number;
}

const HEAD = [
  "round trip / first byte ms",
  "requests a visit",
  "events a visit",
  "events a request",
  "copies %",
  "copies later %",
  "outcomes ms",
  "p95 ms",
  "$ a million",
  "lost",
  "back from cache",
];

/** The visits as text in Markdown. */
export function reportVisits(rows: readonly VisitRow[], { visits, kills, seed }: VisitsMade): string {
  const cells = rows.map(({ figures, dollars }) => [
    figures.network.name,
    fine(figures.requests),
    fine(figures.events),
    exact(figures.eventsPerRequest),
    fine(figures.copies),
    fine(figures.laterCopies),
    whole(figures.freshness.median),
    whole(figures.freshness.p95),
    dollars.toFixed(4),
    lostText(figures.lost),
    `${figures.restored} of ${figures.visits}`,
  ]);
  const killed = kills
    ? " In every tenth visit the tab was killed, in every fiftieth the browser; the profile visited again, and its killed visit counts for what is lost alone."
    : "";
  return [
    `${visits} visits of the demo shop on each network, seed ${seed}.${killed} A visit is ${VISIT}`,
    markdownTable([HEAD, ...cells]),
  ].join("\n\n");
}

function lostText(lost: Readonly<Record<string, number>>): string {
  const types = Object.entries(lost);
  return types.length === 0 ? "0" : types.map(([type, n]) => `${n} ${type}`).join(", ");
}
