import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { installPackage, type Installed } from "./install-package.ts";

/** Limits in bytes, by either minifier. Those of subpaths hold for what they add to the core. */
const LIMITS: Record<string, number> = { ".": 7_000, "./react": 700, "./dom": 900 };

/** Subpaths that have no tracker beside them. */
const ALONE = new Set(["./server", "./wire"]);

/** Bytes in one file, compressed by brotli at its highest quality: by the minifier that Vite and others bring, and by that of webpack. */
export interface Bytes {
  esbuild: number;
  terser: number;
}

/** The size of one import. */
export interface Size {
  /** What is imported, or the file. */
  name: string;
  bytes: Bytes;
  /** What it is measured beyond: of a subpath for pages, only what it adds to `createTracker` counts. */
  over?: "core";
  /** Bytes that it may have. @default any */
  limit?: number;
}

/** Measures `import { createTracker }`, all of each subpath, and the script for pages without a bundler: of the packed package, as apps bundle it. */
export async function measureSizes(): Promise<Size[]> {
  const installed = await installPackage();
  try {
    const { name, exports } = installed.manifest;
    const core = `export { createTracker } from ${JSON.stringify(name)};`;
    const coreBytes = await bundledBytes(installed, core);
    const sizes: Size[] = [withLimit(".", { name: "{ createTracker }", bytes: coreBytes })];
    for (const subpath of Object.keys(exports)) {
      if (subpath === "." || subpath === "./package.json") continue;
      const all = `export * from ${JSON.stringify(name + subpath.slice(1))};`;
      const size: Size = ALONE.has(subpath)
        ? { name: subpath, bytes: await bundledBytes(installed, all) }
        : { name: subpath, bytes: beyond(await bundledBytes(installed, core + all), coreBytes), over: "core" };
      sizes.push(withLimit(subpath, size));
    }
    const script = "sightline.iife.js";
    const made = compressedBytes(await readFile(join(installed.folder, "node_modules", name, script), "utf8"));
    return [...sizes, { name: script, bytes: { esbuild: made, terser: made } }];
  } finally {
    await installed.remove();
  }
}

function withLimit(subpath: string, size: Size): Size {
  const limit = LIMITS[subpath];
  return limit === undefined ? size : { ...size, limit };
}

const beyond = (all: Bytes, core: Bytes): Bytes => ({
  esbuild: all.esbuild - core.esbuild,
  terser: all.terser - core.terser,
});

async function bundledBytes(installed: Installed, contents: string): Promise<Bytes> {
  const bundle = async (isMinified: boolean): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: installed.folder },
      bundle: true,
      minify: isMinified,
      write: false,
      format: "esm",
      target: "es2022",
      external: Object.keys(installed.manifest.peerDependencies ?? {}),
      logLevel: "silent",
    });
    return outputFiles[0]?.text ?? "";
  };
  const { code } = await minify(await bundle(false), { module: true, ecma: 2020, compress: { passes: 3 } });
  return { esbuild: compressedBytes(await bundle(true)), terser: compressedBytes(code ?? "") };
}

const compressedBytes = (code: string): number =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }).length;
