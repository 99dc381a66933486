import { build } from "esbuild";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { MANGLED } from "./private-names.ts";

/** The script for pages without a bundler, minified, and its source map. */
export async function bundleIife(): Promise<{ code: string; map: string }> {
  const { outputFiles } = await build({
    entryPoints: [`${CLIENT_FOLDER}src/iife/index.ts`],
    outfile: `${CLIENT_FOLDER}dist/sightline.iife.js`,
    bundle: true,
    minify: true,
    mangleProps: MANGLED,
    write: false,
    format: "iife",
    target: "es2022",
    sourcemap: "linked",
    logLevel: "silent",
  });
  const text = (end: string): string => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  return { code: text(".js"), map: text(".js.map") };
}
