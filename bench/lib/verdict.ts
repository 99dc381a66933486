import { markdownTable } from "./markdown-table.ts";
import { exact, fine, whole } from "./numbers.ts";

/** A limit, and what was measured. */
export interface Verdict {
  /** What was measured. */
  scenario: string;
  /** Which figure of it, with its unit. */
  figure: string;
  measured: number;
  limit: number;
  /** The limit is not kept. */
  isOver: boolean;
}

/** Judges a figure that shall be at least the limit. NaN, where nothing could be measured, is not. */
export function judgeLeast(scenario: string, figure: string, measured: number, limit: number): Verdict {
  return { scenario, figure: `${figure}, at least`, measured, limit, isOver: !(measured >= limit) };
}

/** Judges a figure. NaN, where nothing could be measured, is over as well. */
export function judge(scenario: string, figure: string, measured: number, limit: number): Verdict {
  return { scenario, figure, measured, limit, isOver: !(measured <= limit) };
}

/** The verdicts as a table in Markdown. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return markdownTable([["limits", "", "measured", "limit", ""], ...verdicts.map(row)]);
}

function row({ scenario, figure, measured, limit, isOver }: Verdict): string[] {
  const digits = limit < 1 ? (value: number) => value.toFixed(4) : limit < 10 ? exact : limit < 100 ? fine : whole;
  return [scenario, figure, digits(measured), digits(limit), isOver ? (measured < limit ? "UNDER" : "OVER") : "ok"];
}
