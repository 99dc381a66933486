import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runRelay } from "../../../../relay/service/main.ts";
import { examine } from "../../../../relay/cli/doctor/examine.ts";
import type { Finding } from "../../../../relay/bus/port/finding.ts";
import { startQueueEmulator } from "../../../../relay/queue-emulator/queue-emulator.ts";
import { deliver, envelope, message, pack } from "../../queue.ts";
import { untilReady } from "../../../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const CLOUDFLARE_API_TOKEN = "another-token-for-the-tests";

/** What it found in one check: verdicts with words. */
const found = (all: Finding[], check: string): string[] =>
  all.filter((finding) => finding.check === check).map(({ verdict, found: words }) => `${verdict}: ${words}`);

describe("sightline doctor", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  /** Stands where Cloudflare's API is, with a clock that a test sets. */
  let api: Server;
  let clockOff: number;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "sightline-doctor-"));
    clockOff = 0;
    api = createServer((_request, response) => {
      response.setHeader("date", new Date(Date.now() + clockOff).toUTCString());
      response.end();
    }).listen(0, "127.0.0.1");
    await once(api, "listening");
    const CLOUDFLARE_API_URL = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
    env = { RELAY_TOKEN, RELAY_PORT: "1", DATA_DIR: join(folder, "data"), LOG_LEVEL: "silent", CLOUDFLARE_API_URL };
  });
  afterEach(() => {
    api.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const withRelay = async (given: NodeJS.ProcessEnv, work: (url: string) => Promise<void>): Promise<void> => {
    const relay = await runRelay({ ...env, RELAY_PORT: "0", ...given });
    try {
      await work(`http://127.0.0.1:${relay.port}`);
    } finally {
      await relay.stop();
    }
  };

  test("before the first start all is well but for the relay that does not run, and nothing is made", async () => {
    const all = await examine(env);
    expect(all.filter(({ verdict }) => verdict === "fail")).toEqual([]);
    expect(found(all, "relay")).toEqual([
      expect.stringMatching(/^warn: no relay answers at http:\/\/127\.0\.0\.1:1: .*(ECONNREFUSED|bad port)/),
    ]);
    expect(found(all, "store")[0]).toMatch(/^ok: nothing in .*data yet/);
    expect(found(all, "bus")).toEqual([expect.stringMatching(/^ok: there is no bus at .*bus\.db.* The relay creates it/)]);
    expect(found(await examine(env), "store")[0]).toMatch(/yet/);
  });

  test("names every wrong setting, and then looks at nothing else", async () => {
    const all = await examine({ ...env, RELAY_PORT: "many", EVENT_PUBLISHER: "carrier-pigeon" });
    expect(all.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual(["config fail", "config fail"]);
    expect(all.map(({ found: words }) => words).join("\n")).toMatch(/EVENT_PUBLISHER[^]*RELAY_PORT.*"many"/);
  });

  test("says that the token is missing where the relay could not be run without", async () => {
    const { RELAY_TOKEN: _, ...without } = env;
    expect(found(await examine(without), "config")).toContainEqual(expect.stringMatching(/^fail: RELAY_TOKEN/));
  });

  test("reports a relay that runs, and whether the token is its own", () =>
    withRelay({}, async (RELAY_URL) => {
      await untilReady(RELAY_URL);
      expect(found(await examine({ ...env, RELAY_URL }), "relay")).toEqual([
        `ok: takes, at ${RELAY_URL}`,
        "ok: RELAY_TOKEN is the one that it runs with",
      ]);
      const other = await examine({ ...env, RELAY_URL, RELAY_TOKEN: "another-token-of-16" });
      expect(found(other, "relay")[1]).toMatch(/^fail: RELAY_TOKEN is not/);
      expect(found(other, "store")[0]).toMatch(/^ok: a relay has .* open: 0 taken/);
    }));

  test("reports a relay that takes nothing, with its own reason", () =>
    withRelay({ ENABLE_EVENT_BUS: "false" }, async (RELAY_URL) => {
      const all = await examine({ ...env, RELAY_URL, ENABLE_EVENT_BUS: "false" });
      expect(found(all, "relay")).toEqual([expect.stringMatching(/^fail: .*ENABLE_EVENT_BUS is false$/)]);
      expect(found(all, "bus")).toEqual([expect.stringMatching(/^warn: ENABLE_EVENT_BUS is false/)]);
    }));

  test("asks for the queues that are pulled, by their ids, and pulls nothing", async () => {
    const emulator = await startQueueEmulator({
      queues: [{ name: "sightline-events", maxRetries: 3, deliveryDelay: 0, retryDelay: 0 }],
      dataDir: join(folder, "queue"),
      accountId: "account",
      token: CLOUDFLARE_API_TOKEN,
    });
    const id = emulator.ids.get("sightline-events") ?? "";
    const pull = {
      ...env,
      SOURCE: "pull",
      CLOUDFLARE_ACCOUNT_ID: "account",
      CLOUDFLARE_API_TOKEN,
      CLOUDFLARE_API_URL: emulator.apiUrl,
      CLOUDFLARE_QUEUE_IDS: `${id},none-of-these`,
    };
    const queues = found(await examine(pull), "queue");
    expect(queues).toEqual([
      expect.stringMatching(/^ok: sightline-events .* the token opens it$/),
      expect.stringMatching(/^fail: the queue none-of-these cannot be asked: /),
    ]);
    expect(found(await examine({ ...pull, CLOUDFLARE_QUEUE_IDS: id, RELAY_SLOT: "1" }), "queue")).toEqual([
      `warn: sightline-events (${id}) is of shard 0, and RELAY_SLOT is 1`,
    ]);
    const refused = await examine({ ...pull, CLOUDFLARE_API_TOKEN: "a-wrong-token", CLOUDFLARE_QUEUE_IDS: id });
    expect(found(refused, "queue")).toEqual([expect.stringMatching(/^fail: .* cannot be asked/)]);
    expect(JSON.stringify([refused, await examine(pull)])).not.toMatch(new RegExp(`a-wrong-token|${CLOUDFLARE_API_TOKEN}`));
    await emulator.close();
  });

  test("reads through the store of a relay that does not run, and reports damage with the command to run", async () => {
    await withRelay({}, async (url) => {
      await untilReady(url);
      await deliver(url, RELAY_TOKEN, [message("m", pack([envelope({ id: "doctor-001" })]))]);
    });
    expect(found(await examine(env), "store")[0]).toMatch(/^ok: the store in .* is whole: 2 keys, 1 taken, 1 delivered, 0 held$/);
    const file = join(
      folder,
      "data",
      "keys",
      readdirSync(join(folder, "data", "keys")).find((name) => name.endsWith(".log"))!,
    );
    const bytes = readFileSync(file);
    bytes.fill(7, 40, 60);
    writeFileSync(file, bytes);
    const state = (await examine(env)).find(({ check }) => check === "store");
    expect(state).toMatchObject({ verdict: "fail", advice: expect.stringContaining("sightline dedup rebuild") });
    expect(state!.found).toContain(file);
    writeFileSync(join(folder, "data", "relay.db"), Buffer.alloc(8192, 7));
    expect(found(await examine(env), "store")[0]).toMatch(/^fail: .*relay\.db/);
  });

  test("reports a DATA_DIR that cannot be a folder", async () => {
    writeFileSync(join(folder, "file"), "");
    const DATA_DIR = join(folder, "file", "data");
    expect(found(await examine({ ...env, DATA_DIR }), "store")).toEqual([`fail: ${join(folder, "file")} is no folder`]);
  });

  test.each([
    [0, "ok"],
    [-10_000, "warn"],
    [3_600_000, "fail"],
  ] as const)("a clock that differs from theirs by %i ms is %s", async (off, verdict) => {
    clockOff = off;
    expect(found(await examine(env), "clock")).toEqual([expect.stringMatching(new RegExp(`^${verdict}: `))]);
  });

  test("reports brokers that do not respond, with their addresses", async () => {
    const all = await examine({ ...env, EVENT_PUBLISHER: "kafka", KAFKA_BROKERS: "127.0.0.1:1" });
    expect(found(all, "bus")).toEqual([expect.stringMatching(/^fail: kafka does not answer: .*127\.0\.0\.1:1/)]);
  });
});
