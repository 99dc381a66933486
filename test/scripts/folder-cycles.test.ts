import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { folderCycles, importsOf, importsUpwards } from "../../scripts/folder-cycles.ts";

describe("folderCycles", () => {
  let root: string;
  beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "sightline-folders-"))));
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const read = (files: Record<string, string>, packages?: Map<string, string>) => {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), text);
    }
    return importsOf(root, Object.keys(files), packages);
  };
  const cycles = (files: Record<string, string>, packages?: Map<string, string>) =>
    folderCycles(read(files, packages)).map((cycle) => cycle.map(({ file, imports }) => `${file} > ${imports}`));

  test("is empty where imports go one way, within a folder in any", () => {
    const files = {
      "bus/port/bus.ts": `import type { A } from "./error.ts";`,
      "bus/port/error.ts": `import type { B } from "./bus.ts";`,
      "bus/kafka/kafka.ts": `import { a } from "../port/bus.ts"; import fs from "node:fs"; import { z } from "zod";`,
    };
    expect(cycles(files)).toEqual([]);
  });

  test("finds two folders that import each other although no two files do", () => {
    expect(
      cycles({
        "a/one.ts": `import { x } from "../b/one.ts";`,
        "a/two.ts": "",
        "b/one.ts": "",
        "b/two.ts": `import { y } from "../a/two.ts";`,
      }),
    ).toEqual([["a/one.ts > b/one.ts", "b/two.ts > a/two.ts"]]);
  });

  test.for([
    ["of a type", `import type { X } from "../b/b.ts";`],
    ["of a type by name", `import { type X } from "../b/b.ts";`],
    ["that is written as an export", `export { x } from "../b/b.ts";`],
    ["of everything, written as an export", `export * from "../b/b.ts";`],
    ["at a later time", `const load = () => import("../b/b.ts");`],
    ["for its effects alone", `import "../b/b.ts";`],
  ] as const)("counts an import %s", ([, text]) => {
    const found = cycles({ "a/a.ts": text, "b/b.ts": `import { a } from "../a/a.ts";` });
    expect(found).toEqual([["a/a.ts > b/b.ts", "b/b.ts > a/a.ts"]]);
  });

  test("finds a circle over a folder's own parent, and one of three, each once", () => {
    expect(
      cycles({
        "a/a.ts": `import "./in/in.ts";`,
        "a/in/in.ts": `import "../a.ts";`,
        "x/x.ts": `import "../y/y.ts";`,
        "y/y.ts": `import "../z/z.ts";`,
        "z/z.ts": `import "../x/x.ts";`,
      }),
    ).toEqual([
      ["a/a.ts > a/in/in.ts", "a/in/in.ts > a/a.ts"],
      ["x/x.ts > y/y.ts", "y/y.ts > z/z.ts", "z/z.ts > x/x.ts"],
    ]);
  });

  test("counts an import by a package's name", () => {
    const files = { "a/a.ts": `import { b } from "@own/b/it";`, "b/b.ts": `import "../a/a.ts"; import "@other/b/it";` };
    const found = cycles(files, new Map([["@own/b/it", "b/b.ts"]]));
    expect(found).toEqual([["a/a.ts > b/b.ts", "b/b.ts > a/a.ts"]]);
  });

  test("tells an import that points up from one that points down", () => {
    const imports = read({
      "low/in/a.ts": `import "../../high/b.ts";`,
      "high/b.ts": `import "../low/in/c.ts"; import "../elsewhere/d.ts";`,
    });
    expect(importsUpwards(imports, ["low", "high"])).toEqual([{ file: "low/in/a.ts", imports: "high/b.ts" }]);
  });
});
