import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createReadableBus } from "../../../../relay/bus/create.ts";
import { allTopics } from "../../../../relay/bus/port/topics.ts";
import { ADAPTERS } from "../../../../relay/bus/settings.ts";
import { configTable } from "../../../../relay/cli/config/config-table.ts";
import { checkBus } from "../../../../relay/cli/doctor/check-bus.ts";
import { settingsPage } from "../../../../relay/scripts/settings-page.ts";
import { configRows, readConfig, settingGroups } from "../../../../relay/service/settings/config.ts";
import { tinyAdapter } from "./tiny-adapter.ts";

const adapters = [...ADAPTERS, tinyAdapter];

describe("a bus that is added is one folder, and a line of the registry", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sightline-tiny-"));
    env = { EVENT_PUBLISHER: "tiny", SMALL_FILE: join(folder, "bus"), TINY_TOPIC_PREFIX: "a.", TINY_PASSWORD: "hidden-word" };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("its settings are read, by their aliases too, with its prefix, its secret kept out of logs", () => {
    const { bus, secrets } = readConfig(env, adapters);
    expect(bus).toMatchObject({
      options: { file: join(folder, "bus") },
      place: { publisher: "tiny" },
      topics: { prefix: "a.", dlqSuffix: ".dlq" },
    });
    expect(secrets).toEqual(["hidden-word"]);
    expect(() => readConfig({ EVENT_PUBLISHER: "tiny" }, adapters)).toThrow("TINY_FILE: expected, since EVENT_PUBLISHER is tiny");
    expect(() => readConfig(env)).toThrow(/EVENT_PUBLISHER: expected one of .*got "tiny"/);
  });

  test("they are in `sightline config` and docs/settings.md, under its title", () => {
    const table = configTable(configRows(env, adapters), 120);
    expect(table).toMatch(/^Tiny\n\* TINY_FILE +\S+\n? +the file/m);
    expect(table).toMatch(/^\* TINY_PASSWORD +\(set\)/m);
    const page = settingsPage(settingGroups(adapters));
    expect(page).toContain("## Tiny\n");
    expect(page).toContain("| `TINY_FILE` |  | the file; required for tiny. Also: `SMALL_FILE` |");
    expect(page).toMatch(/`EVENT_PUBLISHER` .*tiny \(lines of a file\)/);
  });

  test("it is created, publishes, is read back, and looked at by the doctor", async () => {
    const config = readConfig(env, adapters);
    const bus = await createReadableBus(config.bus);
    const [topic = ""] = allTopics(config.bus.topics);
    const record = { topic, key: "k", value: Buffer.from("{}"), headers: { event_id: "event-01" } };
    await bus.publish({ number: 1, records: [record] });
    expect(await Array.fromAsync(bus.read({ topics: [topic] }))).toMatchObject([record]);
    expect(await checkBus(config)).toEqual([{ check: "bus", verdict: "ok", found: `tiny (${join(folder, "bus")}) can be read` }]);
  });
});
