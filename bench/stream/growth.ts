/** How the state of `attributed` grows: the size of its checkpoints beside what was read by then, until events leave the join as fast as they come. */
import { globSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { readConfig } from "../../relay/service/settings/config.ts";
import { planOf } from "../../relay/stream/plan.ts";
import { renderJob } from "../../relay/stream/render.ts";
import { markdownTable } from "../lib/markdown-table.ts";
import { whole } from "../lib/numbers.ts";
import { publishRequests } from "./events.ts";
import { runJobs } from "./run-jobs.ts";

const LOOK_MS = 500;
/** So many envelopes a day that those of the days in which an exposure waits fit the default heap: 75,000. */
const BETWEEN_MS = 1_152;
const DAYS = { STREAM_LATENESS_DAYS: "1", STREAM_ATTRIBUTION_DAYS: "3", STREAM_CHECKPOINT_SECONDS: "5" };
const ROWS = 12;

/** A checkpoint. */
interface Size {
  /** Envelopes, and the ends of transactions, that it is behind. */
  places: number;
  bytes: number;
}

/** Publishes so many envelopes and reads them; resolves with the table. `env` has the brokers, the prefix of topics and a folder. */
export async function measureGrowth(
  lib: string,
  env: Record<"KAFKA_BROKERS" | "KAFKA_TOPIC_PREFIX" | "DATA_DIR", string>,
  envelopes: number,
): Promise<{ text: string; sizes: Size[] }> {
  const { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix } = env;
  await publishRequests(brokers, prefix, envelopes, BETWEEN_MS);
  const { bus, stream, service } = readConfig({ EVENT_PUBLISHER: "kafka", ...env, ...DAYS });
  const script = renderJob("attributed", ["kafka"], { ...planOf(bus, stream, service.dataDir), isOnce: true });
  const ended = new AbortController();
  const watching = watch(brokers, prefix, join(env.DATA_DIR, "stream", "checkpoints"), ended.signal);
  const { rss } = await runJobs({ lib, scripts: [script], heapMb: stream.heapMb }).finally(() => ended.abort());
  const sizes = await watching;
  const shown = sizes.filter((_, n) => n % Math.ceil(sizes.length / ROWS) === 0 || n === sizes.length - 1);
  const text = [
    `Checkpoints of \`attributed\` with a lateness of 1 day and an attribution of 3, ${whole(86_400_000 / BETWEEN_MS)} envelopes a day by their own clock; ${whole(rss / 1e6)} MB of memory at a heap of ${whole(stream.heapMb)} MB.`,
    markdownTable([
      ["envelopes read", "days", "state, MB"],
      ...shown.map(({ places, bytes }) => [whole(places), ((places * BETWEEN_MS) / 86_400_000).toFixed(1), whole(bytes / 1e6)]),
    ]),
  ].join("\n\n");
  return { text, sizes };
}

/** Looks at what the job says that it has read, which it does with each checkpoint. */
async function watch(brokers: string, prefix: string, folder: string, ended: AbortSignal): Promise<Size[]> {
  const admin = new Kafka({ brokers: brokers.split(","), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const sizes: Size[] = [];
  while (!ended.aborted) {
    const read = await admin.fetchOffsets({ groupId: `${prefix}sightline.stream.attributed` });
    const places = read.flatMap(({ partitions }) => partitions).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
    const bytes = places > (sizes.at(-1)?.places ?? 0) ? newestBytes(folder) : undefined;
    if (bytes !== undefined) sizes.push({ places, bytes });
    await sleep(LOOK_MS, undefined, { signal: ended }).catch(() => {});
  }
  await admin.disconnect();
  return sizes;
}

/** Bytes of the newest checkpoint; undefined where it goes while it is looked at. */
function newestBytes(folder: string): number | undefined {
  try {
    const metadata = globSync(join(folder, "attributed", "*", "chk-*", "_metadata"));
    const newest = metadata.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
    if (newest === undefined) return undefined;
    return globSync(join(dirname(newest), "*")).reduce((sum, file) => sum + statSync(file).size, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
