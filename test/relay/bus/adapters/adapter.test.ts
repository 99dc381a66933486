import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
    expect(() => readConfig({ EVENT_PUBLISHER: "tiny" }, adapters)).toThrow(
      "TINY_FILE: expected a value, since EVENT_PUBLISHER is tiny",
    );
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

describe("the packages of a bus", () => {
  const BUS = fileURLToPath(new URL("../../../../relay/bus/", import.meta.url));
  const always = Object.keys(JSON.parse(readFileSync(`${BUS}package.json`, "utf8")).dependencies);
  const textsOf = (folder: string): string[] =>
    globSync(`${BUS}adapters/${folder}/**/*.ts`).map((file) => readFileSync(file, "utf8"));

  test.for(ADAPTERS.map((adapter) => [adapter.names[0], adapter] as const))(
    "%s loads none that it does not name",
    ([name, adapter]) => {
      const own = textsOf(name);
      // Folders beside it that it takes something from.
      const shared = new Set(
        own.flatMap((text) => [...text.matchAll(/ from "\.\.\/([a-z]+)\/[^"]+"/g)].map(([, folder = ""]) => folder)),
      );
      const texts = [...own, ...[...shared].flatMap(textsOf)];
      const imported = texts.flatMap((text) =>
        [...text.matchAll(/(?:from |import |import\()"([^".\n][^"\n]*)"/g)].map(([, from = ""]) => from),
      );
      const loaded = new Set(imported.filter((from) => !/^(node:|@sightline\/)/.test(from) && !always.includes(from)));
      expect([...loaded].toSorted()).toEqual((adapter.requires ?? []).toSorted());
    },
  );

  test("are named with what to install where one is missing, and another fault is told as it is", async () => {
    const { bus } = readConfig({ EVENT_PUBLISHER: "tiny", TINY_FILE: "-" }, adapters);
    const needs = (requires: string[], load: () => Promise<unknown>) =>
      createReadableBus({ ...bus, adapter: { ...tinyAdapter, requires, create: load as typeof tinyAdapter.create } });
    const name = "of-no-registry";
    await expect(needs([name, "kafkajs"], () => import(`${name}`))).rejects.toThrow(
      "EVENT_PUBLISHER: tiny needs packages: npm install of-no-registry kafkajs",
    );
    await expect(needs([], () => import(`${name}`))).rejects.toThrow(name);
  });
});

test.for(ADAPTERS.map((adapter) => [adapter.names[0], adapter] as const))(
  "the bus %s passes the suites of what it can",
  ([name, { capabilities }]) => {
    const folder = fileURLToPath(new URL("../../../contract/bus/", import.meta.url));
    // msk is kafka with a login of its own, which kafka-secure.kafka.test.ts has.
    const tested = name === "msk" ? "kafka" : name;
    const texts = globSync(`${folder}${tested}*.test.ts`).map((file) => readFileSync(file, "utf8"));
    const suites = ["busContract", "subscriberContract"].filter((suite) =>
      texts.some((text) => new RegExp(`${suite}\\(["\`]${tested}\\b`).test(text)),
    );
    expect(texts.length).toBeGreaterThan(0);
    expect(suites).toEqual(
      expect.arrayContaining([
        ...(capabilities.read ? ["busContract"] : []),
        ...(capabilities.subscribe?.groups ? ["subscriberContract"] : []),
      ]),
    );
  },
);
