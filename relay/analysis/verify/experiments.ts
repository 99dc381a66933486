import { sampleRatio } from "../statistics/sample-ratio.ts";
import type { ExperimentFigures } from "./report.ts";
import type { Row } from "../sql/run-sql.ts";

/** By experiment_id: the weights of its variants, in any unit. */
export type Weights = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Under it chance is no explanation any more, even where many experiments are looked at day by day. */
const MISMATCH = 0.001;

/** Tests each experiment; where no weights are given all variants that came are taken to have the same. */
export function experimentsOf(rows: readonly Row[], weights: Weights): ExperimentFigures[] {
  const byExperiment = Map.groupBy(rows, ({ tenant_id, experiment_id }) => JSON.stringify([tenant_id, experiment_id]));
  return [...byExperiment].map(([key, found]) => {
    const [tenant_id, experiment_id] = JSON.parse(key) as [string, string];
    const given = weights[experiment_id];
    const units = new Map(found.map((row) => [String(row["variant_id"]), Number(row["units"])]));
    // A variant that was meant and never came is the largest mismatch of all.
    const names = [...new Set([...units.keys(), ...Object.keys(given ?? {})])].toSorted();
    const counts = names.map((name) => ({
      variant_id: name,
      units: units.get(name) ?? 0,
      weight: given ? (given[name] ?? 0) : 1,
    }));
    const ratio = sampleRatio(counts);
    return {
      tenant_id,
      experiment_id,
      variants: counts.map((variant, n) => ({ ...variant, expected: ratio?.expected[n] ?? 0 })),
      chi_squared: ratio?.chi_squared ?? null,
      degrees_of_freedom: ratio?.degrees_of_freedom ?? null,
      p_value: ratio?.p_value ?? null,
      mismatch: ratio !== undefined && ratio.p_value < MISMATCH,
    };
  });
}
