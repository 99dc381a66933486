import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding, Scenario, Size, Stage } from "./scenario.ts";
import { kafkaGround, localGround } from "./stage/ground.ts";
import { seededRandom } from "./stage/random.ts";

interface RunOptions {
  size: Size;
  /** Which random numbers. */
  seed: number;
  /** host:port of a broker; a scenario that needs one and has none is never run. */
  brokers?: string | undefined;
  /** Told how far it is. @default nothing is told */
  say?: (line: string) => void;
  /** Seconds after which it has failed. */
  seconds: number;
}

/** Runs one scenario in a folder of its own. What it throws is a problem as well. */
export async function runScenario({ name, run }: Scenario, options: RunOptions): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), `sightline-${name}-`));
  const stage: Stage = {
    random: seededRandom(options.seed),
    size: options.size,
    ground: (bus) => (bus === "local" ? localGround() : kafkaGround(options.brokers ?? "")),
    folder,
    say: options.say ?? (() => {}),
    signal: AbortSignal.timeout(options.seconds * 1000),
  };
  try {
    return await run(stage);
  } catch (error) {
    return { counted: {}, problems: [(error as Error).stack ?? String(error)] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
