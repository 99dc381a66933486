import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { runTrial } from "./trial.ts";

const postgres = inject("postgres");

describe.skipIf("missing" in postgres)(
  `an outbox on ${"missing" in postgres ? postgres.missing : "Postgres"}`,
  { timeout: 120_000 },
  () => {
    test("whose worker is killed four times puts exactly the committed events of 600 transactions on the bus, in order of their key", async () => {
      const dataDir = await mkdtemp(join(tmpdir(), "sightline-outbox-"));
      const verdict = await runTrial({ url: "url" in postgres ? postgres.url : "", dataDir, transactions: 600, kills: 4 });
      expect(verdict).toEqual({
        committed: 400,
        rolledBack: 200,
        killed: 4,
        records: 400 + verdict.again,
        again: expect.any(Number),
        missing: 0,
        wrong: 0,
        outOfOrder: [],
        keys: 25,
      });
      // Two of the four were killed between a publish and its mark.
      expect(verdict.again).toBeGreaterThan(0);
      await rm(dataDir, { recursive: true });
    });
  },
);
