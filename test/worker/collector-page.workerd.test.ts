/** docs/collector.md is right: its examples are run as they stand there, against the collector in workerd. */
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { WIRE_LIMITS } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HIGH_LIMITS, startCollector, type Collector } from "../services/collector.ts";
import { ERRORS } from "../../worker/src/errors/errors.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const page = await readFile(new URL("../../docs/collector.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```sh\n(.+?)\n```\n\nResponse `(\d{3})`[^\n]*:\n\n```json\n(.+?)\n```/gs)].map(
  ([, command = "", status, shown = ""], at) => ({ name: `${at + 1}`, command, status: Number(status), shown }),
);

const KEYS = JSON.stringify({ sk_shop: { tenant_id: "shop", kind: "server" } });
const withoutCurl = spawnSync("curl", ["--version"]).status !== 0;

/** What the page shows, and what the response was: as much of a text is left out as "…" stands for. */
function compared(shown: string, received: string): [shown: unknown, received: unknown] {
  const cut = (at: unknown, like: unknown): unknown => {
    if (typeof at === "string" && typeof like === "string" && like.endsWith("…")) return `${at.slice(0, like.length - 1)}…`;
    if (typeof at !== "object" || at === null || typeof like !== "object" || like === null) return at;
    const parts = Object.entries(at).map(([key, value]) => [key, cut(value, (like as Record<string, unknown>)[key])]);
    return Array.isArray(at) ? parts.map(([, value]) => value) : Object.fromEntries(parts);
  };
  const like: unknown = JSON.parse(shown);
  return [like, cut(JSON.parse(received), like)];
}

describe.skipIf(withoutCurl)("the page's examples", () => {
  let relay: RecordingRelay;
  let collector: Collector;
  let home: string;
  beforeAll(async () => {
    relay = await recordingRelay();
    collector = await startCollector({ relayUrl: relay.url, relayToken: "t", limits: HIGH_LIMITS, vars: { KEYS } });
    home = await mkdtemp(join(tmpdir(), "sightline-curl-"));
    await writeFile(join(home, ".curlrc"), 'silent\nwrite-out = "\\n%{http_code}"\n');
  });
  afterAll(async () => {
    await collector.close();
    await relay.close();
    await rm(home, { recursive: true });
  });

  test.for(examples)("number $name gets the response that it says: $status", async ({ command, status, shown }) => {
    const env = { PATH: process.env["PATH"], CURL_HOME: home, COLLECTOR: collector.url, SERVER_KEY: "sk_shop" };
    const { stdout } = await promisify(execFile)("sh", ["-c", command], { env });
    const [body = "", code] = stdout.split(/\n(?=\d+$)/);
    const [expected, received] = compared(shown, body);
    expect([Number(code), received]).toEqual([status, expected]);
  });
});

test("every command of the page is an example with its response", () => {
  expect(examples).toHaveLength(page.split("```sh\n").length - 1);
  expect(examples.length).toBeGreaterThanOrEqual(5);
});

test("the page names the codes after which to send again, with their status, and no others", () => {
  const named = [...page.matchAll(/^\| `(\w+)`, (\d{3}) /gm)].map(([, code, status]) => [code, Number(status)]);
  const retryable = Object.entries(ERRORS).flatMap(([code, row]) => (row.retryable ? [[code, row.status]] : []));
  expect(named.toSorted()).toEqual(retryable.toSorted());
});

test("the page's limits are the wire's", () => {
  const named = [...page.matchAll(/^\| (?!what|-).+ \| ([\d,]+) +\|$/gm)].map(([, most = ""]) =>
    Number(most.replaceAll(",", "")),
  );
  expect(named).toEqual(expect.arrayContaining(Object.values(WIRE_LIMITS)));
});
