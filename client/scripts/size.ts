/** `npm run size [-- --json]`: what the SDK adds to a page, minified by esbuild and by terser, compressed by brotli. Fails over a limit. */
import { measureSizes, type Size } from "./measure-sizes.ts";

const sizes = await measureSizes();
if (process.argv.includes("--json")) console.log(JSON.stringify(sizes, null, 2));
else {
  console.log(line(["brotli, B", "esbuild", "terser", "limit"]));
  for (const size of sizes) console.log(line(cells(size)));
}
if (sizes.some(isOver)) process.exitCode = 1;

function cells(size: Size): string[] {
  const { name, bytes, limit, over } = size;
  const [esbuild = "", terser = "", most = ""] = [bytes.esbuild, bytes.terser, limit].map((figure) =>
    figure === undefined ? "" : `${over ? "+" : ""}${figure}`,
  );
  return [name, esbuild, terser, most, limit === undefined ? "" : isOver(size) ? "OVER" : "ok"];
}

function isOver({ bytes, limit = Infinity }: Size): boolean {
  return Math.max(bytes.esbuild, bytes.terser) > limit;
}

function line([name = "", esbuild = "", terser = "", limit = "", verdict = ""]: string[]): string {
  return `${name.padEnd(20)}${esbuild.padStart(10)}${terser.padStart(10)}${limit.padStart(10)}  ${verdict}`.trimEnd();
}
