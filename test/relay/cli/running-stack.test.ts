import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withRunningStack } from "../../../relay/cli/lib/running-stack.ts";
import { type StackFile, writeStackFile } from "../../../relay/cli/lib/stack-file.ts";

describe("commands on the stack that npm start runs", () => {
  let DATA_DIR: string;
  beforeEach(() => void (DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-stack-"))));
  afterEach(() => rmSync(DATA_DIR, { recursive: true }));
  const settings = {
    EVENT_PUBLISHER: "kafka",
    KAFKA_BROKERS: "127.0.0.1:9",
    RELAY_URL: "http://127.0.0.1:8",
    RELAY_TOKEN: "stack",
  };
  const runs = (pid: number) => writeStackFile(DATA_DIR, { pid, settings } as unknown as StackFile);

  test("have its settings, and the environment's where it says something of its own", () => {
    runs(process.pid);
    expect(withRunningStack({ DATA_DIR, RELAY_TOKEN: "own", KAFKA_BROKERS: "" })).toEqual({
      ...settings,
      DATA_DIR,
      RELAY_TOKEN: "own",
    });
  });

  test.for([{ EVENT_PUBLISHER: "local" }, { RELAY_URL: "http://relay.example" }])(
    "have nothing of it where %j names another",
    (own) => {
      runs(process.pid);
      expect(withRunningStack({ DATA_DIR, ...own })).toEqual({ DATA_DIR, ...own });
    },
  );

  test("have an account and a namespace of keys whole: those of the environment, or those of the stack", () => {
    const stack = {
      CLOUDFLARE_API_URL: "http://127.0.0.1:7",
      CLOUDFLARE_API_TOKEN: "local",
      CLOUDFLARE_ACCOUNT_ID: "local",
      KEYS_NAMESPACE_ID: "local",
    };
    writeStackFile(DATA_DIR, { pid: process.pid, settings: { ...settings, ...stack } } as unknown as StackFile);
    const mine = { CLOUDFLARE_API_TOKEN: "mine", CLOUDFLARE_ACCOUNT_ID: "acc", KEYS_NAMESPACE_ID: "ns" };
    expect(withRunningStack({ DATA_DIR, ...mine })).toEqual({ ...settings, DATA_DIR, ...mine });
    // As wrangler's users have it.
    expect(withRunningStack({ DATA_DIR, CLOUDFLARE_API_TOKEN: "mine" })).toEqual({ ...settings, ...stack, DATA_DIR });
  });

  test("have nothing of one that has ended, or was never there", () => {
    expect(withRunningStack({ DATA_DIR })).toEqual({ DATA_DIR });
    // Above the highest id that Linux gives. https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html
    runs(2 ** 22 + 1);
    expect(withRunningStack({ DATA_DIR })).toEqual({ DATA_DIR });
  });
});
