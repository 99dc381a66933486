import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createJoiner } from "../../../relay/analysis/joiner.ts";
import { isRejection } from "../../../relay/analysis/read-event.ts";
import { sightline } from "../cli/run.ts";
import { fillArchive, fillLocal } from "./fill-sources.ts";
import { goldenFigures, goldenLog, goldenReport } from "./golden-log.ts";

describe("the golden log has the same figures", () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "sightline-golden-"));
    await fillLocal(dataDir, goldenLog);
    await fillArchive(join(dataDir, "archive"), goldenLog);
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  const verify = async (...args: string[]) => {
    const { out } = await sightline(["verify", "--json", ...args], { DATA_DIR: dataDir, EVENT_PUBLISHER: "local" });
    return JSON.parse(out);
  };

  test.for(["local", "parquet"])("by verify from %s", async (source) => {
    expect(await verify("--source", source)).toMatchObject(goldenReport);
  });

  test("by the joiner of the live view, in whatever order the events come", () => {
    const events = goldenLog.flatMap((one) => (isRejection(one) ? [] : [one]));
    const figuresOf = (some: typeof events) => {
      const joiner = createJoiner();
      for (const one of some) joiner.add(one);
      return joiner.figures();
    };
    expect(figuresOf(events)).toMatchObject(goldenFigures);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(figuresOf(shuffled)).toMatchObject(goldenFigures);
      }),
    );
  });

  test("and its parts add up to the whole, by tenant and surface", async () => {
    const { scopes, ...whole } = await verify("--source", "parquet");
    const sum = (name: string) => scopes.reduce((total: number, scope: Record<string, number>) => total + scope[name]!, 0);
    for (const name of ["exposures", "joined", "orphans", "orphans_never", "missing_request_id"])
      expect([name, sum(name)]).toEqual([name, whole[name]]);
    expect(scopes.map(({ tenant_id, surface, exposures }: Record<string, unknown>) => [tenant_id, surface, exposures])).toEqual([
      ["other", "home", 0],
      ["shop", "cart", 0],
      ["shop", "home", 5],
      ["shop", "search", 1],
    ]);
  });
});
