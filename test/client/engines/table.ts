/** How the matrix is shown. */
import type { Row } from "./run-matrix.ts";

/** A row as a line of text, and a line for each problem. */
export function lineOf({ engine, scenario, finding, skipped, problems }: Row): string {
  const verdict = skipped === undefined ? (problems.length === 0 ? "ok" : "FAILED") : "skipped";
  const figures = finding
    ? [
        `${finding.delivered} of ${finding.expected}`,
        `${finding.doubled} doubled`,
        `${finding.copies} copies`,
        `${finding.ms} ms`,
        ...(finding.during === undefined ? [] : [`${finding.during} requests in the outage`]),
      ].join(", ")
    : (skipped ?? "");
  const head = `${verdict.padEnd(8)}${engine.padEnd(10)}${scenario.padEnd(15)}${figures}`;
  return [head, ...problems.map((problem) => `        ${problem}`)].join("\n");
}
