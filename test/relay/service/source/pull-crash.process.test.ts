import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRelayProcess } from "../../../../dev/relay-process.ts";
import { exposuresIn, openQueues, type Queues } from "../../../contract/source/queues.ts";
import { envelope, pack } from "../../queue.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };

describe("a relay that is killed while it pulls", () => {
  let dataDir: string;
  let queues: Queues;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), "sightline-pull-"));
    queues = await openQueues();
  });
  afterEach(async () => {
    await queues.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = (env: NodeJS.ProcessEnv = {}) =>
    startRelayProcess({
      env: {
        ...queues.env(dataDir),
        ...env,
      },
      log: "ignore",
    });

  test.each(["after_claim", "after_publish", "after_settle"])(
    "at %s finds its messages again when their lease has ended, and puts each event on the bus once",
    async (place) => {
      const ids = Array.from({ length: 20 }, (_, i) => `crash-${String(i).padStart(4, "0")}`);
      queues.put(ids.map((id) => pack([envelope({ id })])));
      const killed = await start({ SIGHTLINE_FAIL_POINT: `${place}:1` });
      expect(await killed.exited).toBe("SIGKILL");
      expect(queues.lying().filter(({ leased }) => leased)).toHaveLength(20);
      const relay = await start();
      queues.advance(12 * 3600);
      await vi.waitFor(() => expect(queues.lying()).toEqual([]), PATIENCE);
      expect(await relay.stop()).toBe(0);
      expect((await exposuresIn(dataDir)).toSorted()).toEqual(ids);
    },
  );
});
