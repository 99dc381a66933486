import { describe, expect, test } from "vitest";
import { ADAPTERS } from "../../../relay/bus/settings.ts";
import { configTable } from "../../../relay/cli/config/config-table.ts";
import { configRows } from "../../../relay/service/settings/config.ts";

const rows = (env: NodeJS.ProcessEnv = {}) => configRows(env);

describe("sightline config, for people", () => {
  test("shows every setting once, in groups, those of the environment marked", () => {
    const table = configTable(rows({ KAFKA_CLIENT_ID: "shop" }), 120);
    const names = [...table.matchAll(/^[* ] ([A-Z][A-Z0-9_]+) /gm)].map(([, name]) => name);
    expect(names.toSorted()).toEqual(
      rows()
        .map(({ name }) => name)
        .toSorted(),
    );
    expect(table).toMatch(/^\* KAFKA_CLIENT_ID +shop +\S/m);
    expect(table.split("\n").filter((line) => line.startsWith("* "))).toHaveLength(1);
    const titles = table.split("\n").filter((line) => /^[A-Z]/.test(line));
    const buses = ADAPTERS.filter(({ settings }) => Object.keys(settings).length > 0).map(({ title }) => title);
    expect(titles).toEqual([
      "Bus",
      ...new Set(buses),
      "Retry and breakers",
      "Relay",
      "Cloudflare",
      "Outbox",
      "Archive",
      "Parquet store",
      "Postgres store",
      "Stream jobs",
      "Iceberg",
    ]);
  });

  test("aligns values and meanings within a group, and breaks lines between words where the terminal ends", () => {
    const table = configTable(rows(), 100);
    const relay = table.split("\n\n").find((group) => group.startsWith("Relay\n"));
    const lines = relay!.split("\n").slice(1);
    const starts = lines.map((line) => line.search(/(?<=\S {2,}\S+ {2,}|^ {20,})\S/));
    expect(new Set(starts).size).toBe(1);
    for (const line of table.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(lines.length).toBeGreaterThan(rows().filter(({ name }) => relay!.includes(` ${name} `)).length);
  });

  test("shows what has parts as JSON, and what is not set as a dash", () => {
    const policy = { "rec.outcome.recorded.v1": { max_attempts: 9 } };
    const table = configTable(rows({ TOPIC_POLICIES: JSON.stringify(policy) }), 120);
    expect(table).toContain(JSON.stringify(policy));
    expect(table).toMatch(/^ {2}KAFKA_BROKERS +- +\S/m);
  });
});
