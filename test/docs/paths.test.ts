import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGES = ["*.md", "docs/*.md", "{bench,client,test/*}/README.md", "examples/*/README.md"];
/** A path from the root, in backticks; what has a blank or a wildcard in it is a command or a pattern. */
const PATH = /`((?:bench|client|demo|dev|docs|examples|relay|schemas|scripts|test|worker)\/[\w./-]*)`/g;
const LINK = /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g;
/** What a build makes. */
const BUILT = "client/dist";

/** A heading's anchor, as GitHub makes it. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");

function hasAnchor(page: string, anchor: string): boolean {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gm);
  return [...headings].some(([, heading = ""]) => anchorOf(heading) === anchor);
}

/** What a page's text names and is not there. */
function missing(page: string, text: string): string[] {
  const paths = [...text.matchAll(PATH)].map(([, path = ""]) => path).filter((path) => path !== BUILT);
  const links = [...text.matchAll(LINK)].filter(([, path = "", anchor]) => {
    const target = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
    return !existsSync(target) || (anchor !== undefined && target.endsWith(".md") && !hasAnchor(target, anchor));
  });
  return [...paths.filter((path) => !existsSync(join(ROOT, path))), ...links.map(([link]) => link.slice(2, -1))];
}

test("every file and heading that a page names or links is there", () => {
  const pages = globSync(PAGES, { cwd: ROOT });
  expect(pages.length).toBeGreaterThan(20);
  const gone = pages.map((page) => [page, missing(page, readFileSync(join(ROOT, page), "utf8"))] as const);
  expect(Object.fromEntries(gone.filter(([, names]) => names.length > 0))).toEqual({});
});

test.each([
  ["`test/no/such.test.ts`: a title", ["test/no/such.test.ts"]],
  ["[a page](no-such.md)", ["no-such.md"]],
  ["[a heading](faults.md#no-such)", ["faults.md#no-such"]],
  ["[a heading](#no-such)", ["#no-such"]],
  ["`test/docs/paths.test.ts`, [a page](faults.md#the-scenarios), [elsewhere](https://example.com/no)", []],
])("of %s in docs/faults.md what is not there is told", (text, gone) => {
  expect(missing("docs/faults.md", text)).toEqual(gone);
});
