/** The code in the documents is right: each sample type-checks against the sources, as an app's own module would. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

const PAGES = ["docs/integrate.md", "client/README.md", "README.md"];

/** What samples use and leave to the reader, and what a sample before them has made. */
const AMBIENT = `
  import type * as core from "@sightline/client";
  import type { api } from "${ROOT}client/src/iife/api.ts";
  declare global {
    const tracker: core.Tracker;
    const request: core.SightlineRequest;
    const serverKey: string;
    const sightline: { push(callback: (given: typeof api) => void): void };
    interface Window { sightline: unknown }
    interface Order {
      id: string; userId: string; paidAt: string;
      lines: { itemId: string; amount: number; attribution?: { requestId: string; surface: string } }[];
    }
    function addCard(item: unknown): HTMLElement;
    function usePicks(headers: Record<string, string>): { id: string; title: string }[];
    function onChoice(told: (isGranted: boolean) => void): void;
  }`;

/** A sample, named after its page and line. */
interface Sample {
  file: string;
  code: string;
}

/** The samples of a page: blocks of ts and tsx, and scripts within blocks of html. */
function samplesOf(page: string, text: string): Sample[] {
  return [...text.matchAll(/^( *)```(tsx?|html)\n(.*?)^\1```$/gms)].flatMap(({ index, 2: kind = "", 3: body = "" }) => {
    const line = text.slice(0, index).split("\n").length + 1;
    const name = `${page.replaceAll("/", "-")}-line-${line}`;
    const scripts = [...body.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code = ""]) => code);
    const codes = kind === "html" ? scripts : [body];
    return codes.map((code, at) => ({ file: `${name}-${at}.${kind === "tsx" ? "tsx" : "ts"}`, code: `${code}\nexport {};` }));
  });
}

/** What the compiler says of the samples; "" where it finds nothing. */
async function check(samples: readonly Sample[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-samples-"));
  try {
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await writeFile(join(folder, "ambient.ts"), AMBIENT);
    for (const { file, code } of samples) await writeFile(join(folder, file), code);
    // The sources' own settings, under which they are read here; how an app of other settings reads the built package is tested apart.
    const config = {
      extends: join(ROOT, "client/tsconfig.json"),
      compilerOptions: { jsx: "react-jsx", rewriteRelativeImportExtensions: false, allowImportingTsExtensions: true },
      include: ["."],
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    return await run(process.execPath, [TSC, "-p", "."], { cwd: folder }).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("every sample of the documents type-checks against the sources", async () => {
  const pages = await Promise.all(PAGES.map(async (page) => samplesOf(page, await readFile(join(ROOT, page), "utf8"))));
  for (const [at, samples] of pages.entries()) expect([PAGES[at], samples.length > 0]).toEqual([PAGES[at], true]);
  expect(await check(pages.flat())).toBe("");
});

test("a sample that calls what is not there is told with its page and line", async () => {
  const page = "Words.\n\n```html\n<script>\n  sightline.push(({ noSuchCall }) => noSuchCall());\n</script>\n```\n";
  expect(await check(samplesOf("docs/page.md", page))).toMatch(/^docs-page\.md-line-4-0\.ts.*noSuchCall/);
});
