import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const PROGRAM = fileURLToPath(new URL("order-process.ts", import.meta.url));

/** Runs the process to its end; resolves with the signal that ended it, else with what it printed. */
function run(folder: string, payment: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const options = { env: { PATH: process.env["PATH"], ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--no-warnings", PROGRAM, folder, payment], options, (error, out, err) =>
      resolve(error?.signal ?? (out || err)),
    );
  });
}

const lines = async (file: string): Promise<string[]> => (await readFile(file, "utf8")).trim().split("\n");

const PAID = ["o:reserve", "o:charge", "o:send"];
const UNDONE = ["o:reserve", "o:charge", "o:charge:compensate", "o:reserve:compensate"];

test.for([
  // Written down, and not begun: nothing is done twice.
  ["before a step", "pays", "after_claim:2", PAID, []],
  ["behind the effect of a step", "pays", "after_produce:2", PAID, ["o:charge"]],
  ["behind what undoes a step", "refuses", "after_settle:1", UNDONE, ["o:charge:compensate"]],
  ["behind the last that is undone", "refuses", "after_settle:2", UNDONE, ["o:reserve:compensate"]],
] as const)(
  "a saga whose process is killed %s goes on where it was: only what was cut off runs again, under its key",
  async ([, payment, place, effects, again]) => {
    const folder = await mkdtemp(join(tmpdir(), "sightline-saga-"));
    expect(await run(folder, payment, { SIGHTLINE_FAIL_POINT: place })).toBe("SIGKILL");
    expect(await run(folder, payment)).toBe(payment === "pays" ? "completed\n" : "compensated\n");
    const done = await lines(join(folder, "effects"));
    expect([...new Set(done)]).toEqual(effects);
    expect(done.filter((key, i) => done.indexOf(key) !== i)).toEqual(again);
    const told = (await lines(join(folder, "told"))).map((line) => JSON.parse(line) as { event_id: string; event_type: string });
    const once = told.filter(({ event_id }, i) => told.findIndex((other) => other.event_id === event_id) === i);
    const ends = payment === "pays" ? ["saga.completed.v1"] : ["saga.compensated.v1"];
    const steps = payment === "pays" ? 3 : 1;
    expect(once.map(({ event_type }) => event_type)).toEqual([
      "saga.started.v1",
      ...Array.from({ length: steps }, () => "saga.step.completed.v1"),
      ...(payment === "pays" ? [] : ["saga.step.failed.v1", "saga.step.compensated.v1", "saga.step.compensated.v1"]),
      ...ends,
    ]);
    await rm(folder, { recursive: true });
  },
);
