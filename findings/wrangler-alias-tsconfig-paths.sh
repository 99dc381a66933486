#!/usr/bin/env bash
# wrangler 4.164.0, and the esbuild that it brings.
#
# Guess: a module that only an [alias] of wrangler.toml names cannot be resolved once that is deleted, and the build fails.
# Seen: the build passes, and bundles what `paths` of the nearest tsconfig.json maps the name to, without a word. So a mapping that is there
# for the editor and the type checker decides what is deployed; the alias wins only while it is there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund wrangler@4.164.0 2>/dev/null
echo 'export const from = "the alias";' >alias.ts
echo 'export const from = "paths of tsconfig.json";' >paths.ts
echo 'import { from } from "my:module"; export default { fetch: () => new Response(from) };' >worker.ts
echo '{ "compilerOptions": { "paths": { "my:module": ["./paths.ts"] } } }' >tsconfig.json
config() { printf 'name = "w"\nmain = "worker.ts"\ncompatibility_date = "2026-01-01"\nsend_metrics = false\n%s' "$1" >wrangler.toml; }
build() { npx wrangler deploy --dry-run --outdir out >log 2>&1 && grep -oE 'from = "[^"]*"' out/worker.js || echo "the build failed"; }
{
  config $'[alias]\n"my:module" = "./alias.ts"\n'
  echo "with [alias]: $(build)"
  config ""
  echo "without: $(build)"
  rm tsconfig.json
  echo "without both: $(build)"
} | tee seen
diff - seen <<'SEEN'
with [alias]: from = "the alias"
without: from = "paths of tsconfig.json"
without both: the build failed
SEEN
