import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { allGroups, settingsPage } from "../../../relay/scripts/settings-page.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const variables = allGroups().flatMap(({ settings }) => settings.map(({ variable }) => variable));

test("docs/settings.md is what `npm run docs` writes", async () => {
  const page = readFileSync(`${ROOT}docs/settings.md`, "utf8");
  expect(page).toBe(settingsPage());
});

test("every setting is there once, with a meaning", () => {
  const [page = ""] = settingsPage().split("## As the guides have them");
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` +\| .*? \| (.+?) +\|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual(variables);
  expect(new Set(variables).size).toBe(variables.length);
  expect(rows.filter(([, , meaning]) => (meaning ?? "").length < 10)).toEqual([]);
});

/** Named since users of Kafka look for it: the page says that it is not read. */
const NOT_READ = new Set(["KAFKA_PRODUCER_LINGER_MS"]);

test("no page names a setting of the relay that is not there", () => {
  const known = new Set(allGroups().flatMap(({ settings }) => settings.flatMap((one) => [one.variable, ...one.aliases])));
  const named = globSync("{README.md,docs/*.md}", { cwd: ROOT }).flatMap((file) =>
    [
      ...readFileSync(`${ROOT}${file}`, "utf8").matchAll(/\b(?:KAFKA|REDPANDA|KINESIS|EVENT_BUS|RELAY|CLOUDFLARE)_[A-Z_]+\b/g),
    ].map(([name]) => `${file}: ${name}`),
  );
  expect(named.filter((one) => ![known, NOT_READ].some((names) => names.has(one.split(": ")[1]!)))).toEqual([]);
});
