/** Checks a job before it runs: its text, and the plan that Flink makes of it. Writes nothing, and starts no job. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../bus/port/finding.ts";
import { addressOf } from "../address.ts";
import { runSql } from "../runner.ts";
import { explainOf } from "./explain.ts";
import { factsOf } from "./facts.ts";
import { checkPlan } from "./plan.ts";
import { checkText } from "./rules.ts";

/** What to check. */
interface Check {
  sql: string;
  /** transaction.max.timeout.ms of the brokers. */
  brokerMaxMs: number;
  /** Folder of Flink's jars; undefined: the plan is not looked at. */
  lib: string | undefined;
  heapMb: number;
  signal: AbortSignal;
}

/** Resolves with what it found. */
export async function checkJob({ sql, brokerMaxMs, lib, heapMb, signal }: Check): Promise<Finding[]> {
  const facts = factsOf(sql);
  const found = checkText(facts, brokerMaxMs);
  if (lib === undefined) return found;
  const folder = await mkdtemp(join(tmpdir(), "sightline-check-"));
  const lines: string[] = [];
  try {
    const script = explainOf(sql, addressOf(folder));
    await runSql({ lib, scripts: [script], heapMb, env: {}, signal, said: (line) => lines.push(line) });
    const joinsByTime = /\bBETWEEN\b[\s\S]*?\bINTERVAL\b/i.test(sql);
    const updates = facts.inserts.some((insert) => /\bGROUP\s+BY\b/i.test(insert.sql));
    return [...found, ...checkPlan(lines.join("\n"), { joinsByTime, updates })];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
