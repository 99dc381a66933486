/** Part of `npm run docs`: writes schemas/, docs/errors.md and the limits in docs/collector.md. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { unstable_readConfig as readConfig } from "wrangler";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

// What wrangler does with [alias]: the project's own types are those that the Worker has.
const alias = readConfig({ config: resolve(ROOT, "wrangler.toml") }).alias ?? {};
registerHooks({
  resolve(specifier, context, next) {
    const target = alias[specifier];
    return next(target === undefined ? specifier : pathToFileURL(resolve(ROOT, target)).href, context);
  },
});
const { EVENT_SCHEMAS, generatedFiles } = await import("./generated-files.ts");

const files = generatedFiles();
rmSync(resolve(ROOT, EVENT_SCHEMAS), { recursive: true, force: true });
for (const [path, text] of files) {
  mkdirSync(dirname(resolve(ROOT, path)), { recursive: true });
  writeFileSync(resolve(ROOT, path), text);
}
console.log(`schemas/, docs/errors.md and the limits in docs/collector.md are written, ${files.size} files.`);
