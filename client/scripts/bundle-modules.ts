import { basename, relative } from "node:path";
import { build } from "esbuild";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { compact } from "./compact.ts";
import { readManifest } from "./manifest.ts";
import { MANGLED } from "./private-names.ts";

const OUT = `${CLIENT_FOLDER}dist/`;

/**
 * Subpaths that a page does not load beside the core, or only while it is developed. They have copies of the helpers that both use, none of
 * which has state, so that the core stays in one piece.
 */
const APART = new Set(["./server", "./wire", "./debug"]);

/** Makes a module of each subpath, and of what subpaths of pages share, so that state is there once. By path below the package its text; each has a source map. */
export async function bundleModules(): Promise<Map<string, string>> {
  const subpaths = Object.entries(readManifest().exports);
  const beside = subpaths.filter(([subpath]) => !APART.has(subpath));
  const apart = subpaths.filter(([subpath]) => APART.has(subpath));
  const bundles = [beside, apart].map((group) => bundle(group.map(([, source]) => CLIENT_FOLDER + source)));
  const texts = new Map((await Promise.all(bundles)).flatMap((files) => [...files]));
  const modules = new Map<string, string>();
  for (const [path, code] of texts) {
    if (!path.endsWith(".js")) continue;
    const made = await compact({ code, map: texts.get(`${path}.map`)! }, basename(path));
    modules.set(path, made.code).set(`${path}.map`, made.map);
  }
  return modules;
}

async function bundle(entryPoints: string[]): Promise<Map<string, string>> {
  const { dependencies, peerDependencies } = readManifest();
  const { outputFiles } = await build({
    entryPoints,
    outbase: `${CLIENT_FOLDER}src`,
    outdir: OUT,
    chunkNames: "shared/[hash]",
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: Object.keys({ ...dependencies, ...peerDependencies }),
    mangleProps: MANGLED,
    sourcemap: "external",
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, text }) => [relative(OUT, path), text]));
}
