/** What the process of the command line adds to its commands: streams, signals, exit codes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bus, BusRecord } from "../../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../../relay/bus/adapters/local/local.ts";
import { envelope } from "../queue.ts";
import { recordOf } from "./records.ts";
import { sightline } from "./run.ts";
import { type RunningProcess, sightlineProcess, startSightlineProcess } from "./run-process.ts";

describe("the process of the command line", { timeout: 90_000 }, () => {
  let DATA_DIR: string;
  beforeEach(() => void (DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-process-"))));
  afterEach(() => rmSync(DATA_DIR, { recursive: true }));

  test.for([
    { args: ["config", "--json"], code: 0 },
    { args: ["dedup", "rebuild"], code: 2 },
    { args: ["dlq", "list"], code: 0 },
    { args: ["doctor", "--json"], code: 1 },
    { args: ["keys", "list"], code: 2 },
    { args: ["queue-emulator", "--port", "none"], code: 2 },
    { args: ["verify"], code: 1 },
  ])("prints what $args prints, and ends with its code", async ({ args, code }) => {
    const env = { DATA_DIR, ...(args[0] === "doctor" && { RELAY_PORT: "many" }) };
    const ran = await sightlineProcess(args, env);
    expect(ran.code).toBe(code);
    expect(ran).toEqual(await sightline(args, env));
  });

  test("ends without a word where nobody reads its output any more", async () => {
    const { child, err, exited } = startSightlineProcess(["config", "--json"], {});
    child.stdout?.destroy();
    expect([await exited, err()]).toEqual([0, ""]);
  });
});

describe("the process of sightline tail", { timeout: 90_000 }, () => {
  let DATA_DIR: string;
  let bus: Bus;
  let running: RunningProcess;
  beforeEach(() => {
    DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-tail-"));
    bus = createLocalBus({ dataDir: DATA_DIR, dlqSuffix: ".dlq" });
  });
  afterEach(async () => {
    running.child.kill("SIGKILL");
    await running.exited;
    await bus.close();
    rmSync(DATA_DIR, { recursive: true });
  });

  let next = 1;
  const publish = (...records: BusRecord[]) => bus.publish({ number: next++, records });
  const printed = (lines: number) =>
    vi.waitFor(() => {
      const found = running.out().split("\n").slice(0, -1);
      expect(found.length).toBeGreaterThanOrEqual(lines);
      return found;
    }, 40_000);

  test("prints what is there and what arrives, and ends with 0 at Ctrl-C", async () => {
    await publish(recordOf(envelope({ id: "event-01", request_id: "req-1", items: [{ item_id: "a" }, { item_id: "b" }] })));
    running = startSightlineProcess(["tail"], { DATA_DIR });
    expect((await printed(1))[0]).toMatch(/^2026-01-01 10:00:00\.000 {2}exposure\.recorded +t1 +exposure +home +req-1 +a,b$/);
    await publish(recordOf(envelope({ id: "event-02", event_type: "click", request_id: "req-1", item_id: "b" })));
    expect((await printed(2))[1]).toMatch(/outcome\.recorded +t1 +click +home +req-1 +b$/);
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(0);
  });

  test("ends with 0 when its reader goes away", async () => {
    await publish(recordOf(envelope({ id: "event-01" })));
    running = startSightlineProcess(["tail"], { DATA_DIR });
    await printed(1);
    running.child.stdout?.destroy();
    // Whatever it prints next finds nobody.
    await publish(...Array.from({ length: 50 }, (_, n) => recordOf(envelope({ id: `more-${n}` }))));
    expect(await running.exited).toBe(0);
  });
});
