/** The build shortens the names of properties that only the SDK's own modules use: none of them may be known to anybody else. */
import { execFile } from "node:child_process";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseSync, type Program } from "oxc-parser";
import { expect, test } from "vitest";
import { CLIENT_FOLDER } from "../../../client/scripts/client-folder.ts";
import { readManifest } from "../../../client/scripts/manifest.ts";
import { MANGLED } from "../../../client/scripts/private-names.ts";

const run = promisify(execFile);
const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));
const SOURCES = join(CLIENT_FOLDER, "src");

/** Kept in the browser between versions: a page of the next one reads them. */
const STORED = [
  ["delivery/record.ts", "EventRecord"],
  ["delivery/spill.ts", "Spill"],
  ["tracker/attribution.ts", "Entry"],
] as const;

/** Members that a text declares, by their names. */
const membersOf = (text: string): string[] =>
  Array.from(text.matchAll(/(?:^|[\s{;])(?:readonly |get |set )?"?([\w$]+)"?\??(?=[:(<])/g), ([, name = ""]) => name);

const unmangledOf = (names: Iterable<string>): string[] => [...new Set(names)].filter((name) => MANGLED.test(name));

/** Members of a type, interface or class of a source. */
async function declared(file: string, name: string): Promise<string[]> {
  const text = await readFile(join(SOURCES, file), "utf8");
  const { program, comments } = parseSync(file, text);
  const bare = comments.reduceRight(
    (left, { start, end }) => left.slice(0, start) + " ".repeat(end - start) + left.slice(end),
    text,
  );
  return program.body.flatMap((statement: Program["body"][number]) => {
    const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    const isIt = inner && "id" in inner && inner.id && "name" in inner.id && inner.id.name === name;
    return isIt && /Class|TS(Interface|TypeAlias)/.test(inner.type) ? membersOf(bare.slice(inner.start, inner.end)) : [];
  });
}

/** Texts that code has, those within types left out. */
function textsIn(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  const { type = "", value } = node as { type?: string; value?: unknown };
  if (type.startsWith("TS") && !("expression" in node)) return [];
  if (type === "Literal") return typeof value === "string" ? [value] : [];
  return Object.entries(node).flatMap(([key, each]) => (/^type(Annotation|Arguments)$/.test(key) ? [] : textsIn(each)));
}

/** What the subpaths of the package name: file and name of each type. */
async function publicTypes(): Promise<[file: string, name: string][]> {
  const found = Object.values(readManifest().exports).map(async (source) => {
    const file = source.replace("./src/", "");
    const { program } = parseSync(file, await readFile(join(SOURCES, file), "utf8"));
    return program.body.flatMap((statement) =>
      statement.type === "ExportNamedDeclaration" && statement.source
        ? statement.specifiers.map(({ local }): [string, string] => [
            join(file, "..", statement.source!.value),
            "name" in local ? local.name : local.value,
          ])
        : [],
    );
  });
  return (await Promise.all(found)).flat();
}

test("no name that the build shortens is one of the public types, of the wire or of what is stored", async () => {
  const types = [...(await publicTypes()), ...STORED];
  const members = (await Promise.all(types.map(([file, name]) => declared(file, name)))).flat();
  expect(members).toEqual(expect.arrayContaining(["endpoint", "event_id", "itemId", "rank", "saved", "headers", "of"]));
  expect(unmangledOf(members)).toEqual([]);
});

test("no name that the build shortens is one of the browser's or of the language's", async () => {
  const { stdout } = await run(process.execPath, [TSC, "-p", CLIENT_FOLDER, "--listFilesOnly"]);
  const libraries = stdout.split("\n").filter((file) => /[\\/]lib\.[\w.]+\.d\.ts$/.test(file));
  const texts = await Promise.all(libraries.map((file) => readFile(file, "utf8")));
  const members = texts.flatMap(membersOf);
  expect(members).toEqual(expect.arrayContaining(["addEventListener", "getBoundingClientRect", "localStorage", "map"]));
  expect(unmangledOf(members)).toEqual([]);
});

test("no name that the build shortens is written as a text, by which a property would be found under its own name alone", async () => {
  const quoted: string[] = [];
  for await (const file of glob(join(SOURCES, "**/*.ts"))) {
    quoted.push(...textsIn(parseSync(file, await readFile(file, "utf8")).program));
  }
  expect(quoted).toContain("pagehide");
  expect(unmangledOf(quoted)).toEqual([]);
});
