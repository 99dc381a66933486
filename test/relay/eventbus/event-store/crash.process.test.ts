import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";

const PROGRAM = fileURLToPath(new URL("account-process.ts", import.meta.url));

function run(folder: string, events: number, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { env: { PATH: process.env["PATH"], ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--no-warnings", PROGRAM, folder, String(events)], options, (error, out, err) =>
      resolve(error?.signal ?? (out || err)),
    );
  });
}

test("what was appended by a process that is killed between a publish and its mark is published again, under its id, and the rest in order", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sightline-events-"));
  expect(await run(folder, 3, { SIGHTLINE_FAIL_POINT: "after_publish" })).toBe("SIGKILL");
  expect(await run(folder, 2)).toBe("5\n");
  expect(await run(folder, 0)).toBe("0\n");
  const bus = await createReadableBus(readConfig({ EVENT_PUBLISHER: "local", DATA_DIR: folder }).bus);
  const records = await Array.fromAsync(bus.read({ topics: ["eventstore.all-events"] }));
  await bus.close();
  const versions = records.map(({ value }) => (JSON.parse(value.toString()) as { stream_version: number }).stream_version);
  expect(versions).toEqual([1, 2, 3, 1, 2, 3, 4, 5]);
  expect(new Set(records.map(({ headers }) => headers["event_id"])).size).toBe(5);
  await rm(folder, { recursive: true });
});
