import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { unstable_readConfig as readConfig } from "wrangler";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The file that deploys the collector. */
export const WRANGLER = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

/** Bundles a Worker as the collector is deployed: by the settings of wrangler.toml, minified unless its functions are to keep their names. */
export async function bundleWorker(file: URL, minify = true, aliases?: Record<string, string>) {
  const { alias = {}, compatibility_date = "", compatibility_flags } = readConfig({ config: WRANGLER });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(file)],
    absWorkingDir: ROOT,
    bundle: true,
    minify,
    write: false,
    alias: aliases ?? alias,
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
