import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { unstable_readConfig as readConfig } from "wrangler";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The file that deploys the collector. */
export const WRANGLER = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

interface BundleOptions {
  /** False where its functions are to keep their names. @default true */
  minify?: boolean;
  /** What stands in for the [alias] of wrangler.toml. */
  alias?: Record<string, string>;
  /** True: with an inline map, so that errors name the sources' lines. @default false */
  sourcemap?: boolean;
}

/** Bundles a Worker as the collector is deployed: by the settings of wrangler.toml. */
export async function bundleWorker(file: URL, { minify = true, sourcemap = false, ...options }: BundleOptions = {}) {
  const { alias = {}, compatibility_date = "", compatibility_flags } = readConfig({ config: WRANGLER });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    absWorkingDir: ROOT,
    bundle: true,
    minify,
    sourcemap: sourcemap && "inline",
    write: false,
    alias: options.alias ?? alias,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  return {
    code: outputFiles[0]?.text ?? "",
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
  };
}
