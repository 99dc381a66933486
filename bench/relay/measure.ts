import type { Contender } from "./contenders.ts";
import type { Measured, Run } from "./figures.ts";
import { loadRelay } from "./load-relay.ts";
import { runBare } from "./run-bare.ts";
import { runKcat } from "./run-kcat.ts";
import type { Stage } from "./stage.ts";

/** Runs each contender once a round, in the same order: A B A B. Each run has topics of its own, which are deleted after it. */
export async function measure(
  contenders: readonly Contender[],
  { stage, rounds, say }: { stage: Stage; rounds: number; say: (text: string) => void },
): Promise<Measured[]> {
  const rows: Measured[] = contenders.map((contender) => ({ contender, runs: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { contender, runs } of rows) {
      const prefix = `bench.${Date.now()}.`;
      const run = await runOne(contender, prefix, stage);
      await stage.broker.sweep(prefix);
      say(
        `round ${round + 1} of ${rounds}, ${contender.name}: ${Math.round(run.rate)}/s, ${run.cpuUs.toFixed(1)} us of CPU each`,
      );
      runs.push(run);
    }
  }
  return rows;
}

async function runOne(contender: Contender, prefix: string, stage: Stage): Promise<Run> {
  if (contender.kind === "relay") return loadRelay(contender, prefix, stage);
  const topic = `${prefix}records`;
  await stage.broker.makeTopic(topic);
  return contender.kind === "kcat" ? runKcat(topic, stage) : runBare(contender, topic, stage);
}
