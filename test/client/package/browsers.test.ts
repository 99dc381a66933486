import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { CLIENT_FOLDER } from "../../../client/scripts/client-folder.ts";

const PAGE = fileURLToPath(new URL("../../../docs/integrate.md", import.meta.url));

/** The first versions that docs/integrate.md names, as esbuild writes them, for example `chrome91`. */
function firstVersions(): string[] {
  const [, named = ""] = /The core runs from these versions on: (.*?) \(/.exec(readFileSync(PAGE, "utf8")) ?? [];
  return named.split(", ").map((one) => one.toLowerCase().replace(" ", ""));
}

/** A subpath, minified for some browsers: what they lack is written in an older way. */
async function minified(source: string, target: string | string[]): Promise<string> {
  const entryPoints = [`${CLIENT_FOLDER}src/${source}`];
  const output = { bundle: true, minify: true, write: false, format: "esm" } as const;
  const { outputFiles } = await build({ ...output, entryPoints, target, external: ["react"], logLevel: "silent" });
  return outputFiles[0]?.text ?? "";
}

test.each(["index.ts", "iife/index.ts", "dom/index.ts", "react/index.ts", "fetch/index.ts"])(
  "%s has no syntax that the first browsers of docs/integrate.md lack",
  async (source) => {
    const versions = firstVersions();
    expect(versions).toHaveLength(4);
    expect(await minified(source, versions)).toBe(await minified(source, "esnext"));
  },
);
