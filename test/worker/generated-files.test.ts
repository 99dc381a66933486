import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { EVENT_SCHEMAS, generatedFiles } from "../../worker/scripts/generated-files.ts";
import { ERRORS } from "../../worker/src/errors/errors.ts";
import { registry } from "../../worker/src/events/registry.ts";
import { errorExamples } from "../wire/error-examples.ts";

const files = generatedFiles();
const fileOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test.each([...files.keys()])("%s is what `npm run docs` writes", (path) => {
  expect(existsSync(fileOf(path)) && readFileSync(fileOf(path), "utf8")).toBe(files.get(path));
});

test("there is a schema for each registered type, and for no other", () => {
  expect(readdirSync(fileOf(EVENT_SCHEMAS)).toSorted()).toEqual([...registry.keys()].map((name) => `${name}.json`).toSorted());
});

test("every code is documented, with what brings it about", () => {
  const page = files.get("docs/errors.md") ?? "";
  const examples = errorExamples();
  for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
    expect(page).toContain(`| [\`${code}\`](#${code}) | ${status} | ${retryable ? "yes" : "no"} |`);
    expect(page).toContain(`\n### ${code}\n`);
  }
  expect([...examples.keys()]).toEqual(Object.keys(ERRORS));
});
