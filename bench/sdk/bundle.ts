import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import type { Contender } from "./contenders.ts";

/** Where the peers are installed. */
const FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** The script that makes a contender the page's global `contender`. */
export function bundlePage({ page }: Contender): Promise<string> {
  return bundle(`import * as contender from ${JSON.stringify(page)}; globalThis.contender = contender;`, "iife");
}

/** Bytes of the smallest bundle with which a page could use it, minified and compressed by brotli at its highest quality. */
export async function bundleBytes({ imports }: Contender): Promise<number> {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  return brotliCompressSync(await bundle(imports, "esm"), { params }).length;
}

async function bundle(contents: string, format: "esm" | "iife"): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: FOLDER },
    bundle: true,
    minify: true,
    write: false,
    format,
    target: "es2022",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
