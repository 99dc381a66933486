import { styleText } from "node:util";
import type { Finding } from "../../bus/port/finding.ts";

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Findings for a terminal, a line or two each, and how many there are of each kind. */
export function findingLines(found: readonly Finding[]): string {
  return `${found.map(lines).join("\n")}\n${summary(found)}\n`;
}

function lines({ check, verdict, found, advice }: Finding): string {
  const line = `${styleText(COLOURS[verdict], verdict.padEnd(5))} ${check.padEnd(7)} ${found}`;
  return advice === undefined ? line : `${line}\n              -> ${advice}`;
}

function summary(found: readonly Finding[]): string {
  const count = (verdict: Finding["verdict"]) => found.filter((finding) => finding.verdict === verdict).length;
  return `\n${count("ok")} ok, ${count("warn")} to know of, ${count("fail")} to see to`;
}
