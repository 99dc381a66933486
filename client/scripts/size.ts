/** `npm run size [-- --json]`: what the SDK adds to a page, minified and compressed by brotli. Fails over a limit. */
import { measureSizes, type Size } from "./measure-sizes.ts";

const sizes = await measureSizes();
if (process.argv.includes("--json")) console.log(JSON.stringify(sizes, null, 2));
else for (const cells of [["", "brotli, B", "limit, B", ""], ...sizes.map(row)]) console.log(line(cells));
if (sizes.some(isOver)) process.exitCode = 1;

function row(size: Size): string[] {
  const { name, bytes, limit, over } = size;
  const verdict = limit === undefined ? "" : isOver(size) ? "OVER" : "ok";
  return [name, `${over ? "+" : ""}${bytes}`, limit === undefined ? "" : `${over ? "+" : ""}${limit}`, verdict];
}

function isOver({ bytes, limit = Infinity }: Size): boolean {
  return bytes > limit;
}

function line([name = "", bytes = "", limit = "", verdict = ""]: string[]): string {
  return `${name.padEnd(20)}${bytes.padStart(10)}${limit.padStart(10)}  ${verdict}`.trimEnd();
}
