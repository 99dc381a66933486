import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { bundleIife } from "./bundle-iife.ts";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { readManifest } from "./manifest.ts";

/** Limits in bytes. Those of subpaths hold for what they add to the core. */
const LIMITS: Record<string, number> = { ".": 6_000, "./react": 700, "./dom": 800 };

/** Subpaths that have no tracker beside them. */
const ALONE = new Set(["./server", "./wire"]);

/** The size of one import. */
export interface Size {
  /** What is imported, or the file. */
  name: string;
  /** Bytes after minification and brotli at its highest quality. */
  bytes: number;
  /** What it is measured beyond: of a subpath for pages, only what it adds to `createTracker` counts. */
  over?: "core";
  /** Bytes that it may have. @default any */
  limit?: number;
}

/** Measures `import { createTracker }`, all of each subpath, and the script for pages without a bundler. */
export async function measureSizes(): Promise<Size[]> {
  const { exports } = readManifest();
  const core = `export { createTracker } from ${specifier(exports["."])};`;
  const coreBytes = await bundledBytes(core);
  const sizes: Size[] = [withLimit(".", { name: "{ createTracker }", bytes: coreBytes })];
  for (const [subpath, source] of Object.entries(exports)) {
    if (subpath === ".") continue;
    const all = `export * from ${specifier(source)};`;
    const size: Size = ALONE.has(subpath)
      ? { name: subpath, bytes: await bundledBytes(all) }
      : { name: subpath, bytes: (await bundledBytes(core + all)) - coreBytes, over: "core" };
    sizes.push(withLimit(subpath, size));
  }
  return [...sizes, { name: "sightline.iife.js", bytes: compressedBytes((await bundleIife()).code) }];
}

function withLimit(subpath: string, size: Size): Size {
  const limit = LIMITS[subpath];
  return limit === undefined ? size : { ...size, limit };
}

const specifier = (source: string | undefined): string => JSON.stringify(source);

async function bundledBytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: CLIENT_FOLDER },
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: Object.keys(readManifest().peerDependencies ?? {}),
    logLevel: "silent",
  });
  // The minifier that webpack brings; esbuild's own leaves some 5 % more.
  const { code } = await minify(outputFiles[0]?.text ?? "", { module: true, ecma: 2020, compress: { passes: 3 } });
  return compressedBytes(code ?? "");
}

const compressedBytes = (code: string): number =>
  brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }).length;
