/** What all contenders of a run share: the broker, the records, the times. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPack } from "../../worker/src/envelope/pack.ts";
import { type Broker, openBroker } from "./broker.ts";
import { collectPacks, type SamplePack } from "./events.ts";

/** Packs that differ; what is posted is written again for each use. */
const PACKS = 250;
/** How often the same records stand in kcat's file, so that it runs for some seconds. */
const REPEATS = 80;

/** See above. */
export interface Stage {
  broker: Broker;
  packs: readonly SamplePack[];
  /** File of `key TAB value` lines. */
  records: string;
  /** The same, many times over, with so many lines. */
  kcatRecords: string;
  kcatCount: number;
  /** Mean bytes of a value. */
  valueBytes: number;
  times: { warmUpMs: number; ms: number };
  /** Rejects where a topic holds fewer records than were confirmed. */
  stored(topic: string, messages: number): Promise<void>;
  close(): Promise<void>;
}

/** Sets the stage: collects the events, starts the broker. */
export async function openStage(times: Stage["times"], say: (text: string) => void): Promise<Stage> {
  say("collecting events");
  const packs = await collectPacks(PACKS);
  const values = packs.flatMap(({ text }) => readPack(text).lines);
  const lines = values.map((value) => `${keyOf(value)}\t${value}\n`).join("");
  const folder = await mkdtemp(join(tmpdir(), "sightline-bench-"));
  const [records, kcatRecords] = [join(folder, "records"), join(folder, "kcat")];
  await writeFile(records, lines);
  await writeFile(kcatRecords, lines.repeat(REPEATS));
  const broker = await openBroker();
  return {
    broker,
    packs,
    records,
    kcatRecords,
    kcatCount: values.length * REPEATS,
    valueBytes: values.reduce((sum, value) => sum + Buffer.byteLength(value), 0) / values.length,
    times,
    async stored(topic, messages) {
      const places = await broker.places(topic);
      if (places < messages) throw new Error(`${topic}: ${messages} records were confirmed, and ${places} are there`);
    },
    async close() {
      await broker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const keyOf = (line: string): string => (JSON.parse(line) as { metadata: { partition_key: string } }).metadata.partition_key;
