import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { ROOT } from "../../../e2e/stack-process.ts";
import { runTrial } from "./trial.ts";

const [kafka, postgres] = [inject("kafka"), inject("postgres")];
const BTS = join(ROOT, "../shared/data/obd/men-bts.csv");
const missing = [
  ...[kafka, postgres].flatMap((service) => ("missing" in service ? [service.missing] : [])),
  ...(existsSync(BTS) ? [] : [`${BTS} is not there`]),
];

describe.skipIf(missing.length > 0)(`the Postgres store on Kafka${missing.map((reason) => `: ${reason}`).join("")}`, () => {
  test("has the log's own figures, of events that came twice and shuffled, though it was killed and a second member came and went", async () => {
    const [{ brokers }, { url }] = [kafka as { brokers: string }, postgres as { url: string }];
    expect(await runTrial({ brokers, url, file: BTS, kills: 3 })).toEqual({
      killed: 3,
      records: 20_138,
      rows: 10_069,
      positions: ["1: 30/3339", "2: 21/3262", "3: 18/3399"],
      orphans: 0,
      left: 0,
      ended: [0, 0, 0],
    });
  });
});
