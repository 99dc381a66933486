import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ADAPTERS } from "../../../relay/bus/settings.ts";
import { busesPage } from "../../../relay/scripts/buses-page.ts";

test("docs/buses.md is what `npm run docs` writes, with a row for each bus", () => {
  const page = readFileSync(fileURLToPath(new URL("../../../docs/buses.md", import.meta.url)), "utf8");
  expect(page).toBe(busesPage());
  const rows = page.split("\n").filter((line) => line.startsWith("| `"));
  expect(rows).toHaveLength(ADAPTERS.length);
  expect(new Set(rows.map((row) => row.split(" | ").length))).toEqual(new Set([12]));
});
