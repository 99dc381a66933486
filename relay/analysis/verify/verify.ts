/** Counts what a source has, joined: the figures behind `sightline verify`. */
import type { Counter } from "../../state/counters.ts";
import type { Selection, Source } from "../sources/source.ts";
import { WATERMARK_MS } from "../watermark.ts";
import { count } from "./count.ts";
import { experimentsOf, type Weights } from "./experiments.ts";
import { figuresOf } from "./figures.ts";
import type { VerifyReport } from "./report.ts";
import { sequencesOf } from "./sequences.ts";
import { tallyUp } from "./tally.ts";
import { verdictOf } from "./verdict.ts";

interface VerifyOptions {
  source: Source;
  /** The relay's durable counters; undefined where this machine has none, or only a part of the time is asked for. */
  counters: readonly Counter[] | undefined;
  /** @default all */
  selection?: Selection;
  /** Only events of this surface. @default all */
  surface?: string | undefined;
  /** Milliseconds. @default 600,000 */
  watermarkMs?: number;
  /** @default all variants of an experiment have the same */
  weights?: Weights;
  /** Told what is computed now, for people. */
  onStep?: (step: string) => void;
}

/** Resolves with the report. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { source, counters, selection = {}, surface, watermarkMs = WATERMARK_MS, weights = {}, onStep } = options;
  const { connection, folder } = source;
  const counts = await count({ connection, folder, selection, surface, watermarkMs, onStep });
  const { total, byScope } = tallyUp(counts);
  const beside = (tenant_id: string | undefined, own: string | null | undefined) => {
    const isOwn = (row: { tenant_id: string; surface: string | null }): boolean =>
      (tenant_id === undefined || row.tenant_id === tenant_id) && (own === undefined || (row.surface || null) === own);
    return { counters: counters?.filter(isOwn), deadLetters: source.deadLetters?.filter(isOwn) };
  };
  const report = {
    source: source.name,
    as_of: counts.asOf?.toISOString() ?? null,
    watermark_ms: watermarkMs,
    ...figuresOf(total, beside(selection.tenant, surface)),
    sequences: sequencesOf(counts.sequences, surface),
    experiments: experimentsOf(counts["variant-units"], weights),
    unreadable: source.unreadable,
    surfaces: counts.surfaces.map((row) => String(row["surface"])),
    scopes: counts.scopes.map((row) => {
      const scope = { tenant_id: String(row["tenant_id"]), surface: row["surface"] as string | null };
      return { ...scope, ...figuresOf(byScope.get(String(row["scope"]))!, beside(scope.tenant_id, scope.surface)) };
    }),
  };
  return { ...report, verdict: verdictOf(report) };
}
