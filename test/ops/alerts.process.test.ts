import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { type RunningRelay, runRelay } from "../../relay/service/main.ts";
import { type Running, startSightline } from "../relay/cli/run.ts";
import { deliver, envelope, message, pack } from "../relay/queue.ts";
import { freePort } from "../services/free-port.ts";
import { untilReady } from "../services/until-ready.ts";
import { namesIn } from "./promql.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const RULES = "ops/prometheus/sightline.rules.yaml";
const BOARD = "ops/grafana/sightline-relay.json";
const RELAY_TOKEN = "a-token-for-the-tests";
/** Prometheus' own: of every scrape, and its labels. */
const OF_PROMETHEUS = new Set(["up"]);
const LABELS = new Set(["job", "instance"]);

interface Rule {
  record?: string;
  alert?: string;
  expr: string;
  annotations?: Record<string, string>;
}
interface Panel {
  id: number;
  title: string;
  description: string;
  gridPos: Record<"x" | "y" | "w" | "h", number>;
  targets: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const rules = (parse(read(RULES)) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const board = JSON.parse(read(BOARD)) as { uid: string; templating: { list: { name: string }[] }; panels: Panel[] };
const promtool = await run("promtool", ["--version"]).then(
  () => ({ missing: "" }),
  () => ({ missing: "promtool cannot be had here: Debian has it in the package prometheus" }),
);

describe("what a running relay exposes", () => {
  const folder = mkdtempSync(join(tmpdir(), "sightline-ops-"));
  let relay: RunningRelay;
  let store: Running | undefined;
  let exposed: Set<string>;
  let labels: Set<string>;

  beforeAll(async () => {
    relay = await runRelay({ RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LIVE_VIEW: "true", LOG_LEVEL: "silent" });
    const url = `http://127.0.0.1:${relay.port}`;
    const storePort = await freePort();
    await untilReady(url);
    const conflict = envelope({ id: "ops-00001", content_hash: "1".repeat(32) });
    await deliver(url, RELAY_TOKEN, [message("a", pack([envelope({ id: "ops-00001" })])), message("b", pack([conflict]))]);
    store = startSightline(["store", "parquet"], {
      EVENT_PUBLISHER: "local",
      DATA_DIR: join(folder, "store"),
      STORE_PARQUET_PORT: String(storePort),
    });
    await vi.waitFor(() => untilReady(`http://127.0.0.1:${storePort}`), 20_000);
    const scrapes = [url, `http://127.0.0.1:${storePort}`].map(async (at) => (await fetch(`${at}/metrics`)).text());
    const text = (await Promise.all(scrapes)).join("");
    // A series that nothing was counted in yet has its head alone.
    const heads = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type]) =>
      type === "histogram" ? ["_bucket", "_sum", "_count"].map((ending) => name + ending) : [name],
    );
    exposed = new Set(heads);
    labels = new Set([...text.matchAll(/[{,](\w+)="/g)].map(([, name = ""]) => name));
  });
  afterAll(async () => {
    store?.stop();
    await store?.ended;
    await relay.stop();
    rmSync(folder, { recursive: true });
  });

  const recorded = new Set(rules.flatMap(({ record }) => record ?? []));
  const wrong = (expr: string): string[] => {
    const names = namesIn(expr);
    return [
      ...names.metrics.filter((name) => !exposed.has(name) && !recorded.has(name) && !OF_PROMETHEUS.has(name)),
      ...names.labels.filter((name) => !labels.has(name) && !LABELS.has(name)).map((name) => `label ${name}`),
    ];
  };

  test("has every metric and label that a rule names", () => {
    expect(rules.flatMap(({ expr }) => wrong(expr).map((name) => `${name} in ${expr}`))).toEqual([]);
    expect(namesIn(rules.at(-1)!.expr).metrics).toEqual(["sightline_from_dead_letter_queue_total"]);
  });

  test("has every metric and label that a panel names", () => {
    const exprs = board.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    expect(exprs.flatMap((expr) => wrong(expr).map((name) => `${name} in ${expr}`))).toEqual([]);
    expect(exprs.length).toBeGreaterThan(15);
  });
});

describe("the rules", () => {
  test("each alert says what to do, in a section that is there", () => {
    const alerts = rules.filter(({ alert }) => alert !== undefined);
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, annotations } of alerts) {
      const [file = "", section] = (annotations?.["runbook_url"] ?? "").split("#");
      expect(section).toBe(alert?.toLowerCase());
      expect(read(file)).toContain(`\n## ${alert}\n`);
    }
  });

  test.skipIf(promtool.missing !== "")(
    `pass promtool, and fire as their test says${promtool.missing && `: ${promtool.missing}`}`,
    async () => {
      const { stdout } = await run("promtool", ["check", "rules", RULES], { cwd: ROOT });
      expect(stdout).toContain(`SUCCESS: ${rules.length} rules found`);
      const played = await run("promtool", ["test", "rules", "ops/prometheus/sightline.rules.test.yaml"], { cwd: ROOT });
      expect(played.stdout).toContain("SUCCESS");
    },
  );
});

describe("the Grafana dashboard", () => {
  test("has panels with a name, an explanation and a source that is chosen, each at a place of its own", () => {
    expect(board.templating.list.map(({ name }) => name)).toEqual(["datasource", "instance"]);
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
    const cells = board.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { title, description, gridPos, targets } of board.panels) {
      expect([title, description]).not.toContain("");
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (const { datasource, legendFormat } of targets)
        expect([datasource.uid, legendFormat !== ""]).toEqual(["${datasource}", true]);
    }
  });
});
