import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Workspaces that have packages of their own. */
const WORKSPACES = ["client", "worker", "relay"];

/** The files of a git ref, in a folder of their own. */
export interface CheckOut {
  folder: string;
  /** Imports a module of it, by its path from the root. */
  load<T>(path: string): Promise<T>;
  remove(): void;
}

/** Checks a git ref out beside this version, with the packages that are installed here and its own workspaces. Throws where git knows no such ref. */
export function checkOut(ref: string): CheckOut {
  const folder = mkdtempSync(join(tmpdir(), "sightline-before-"));
  try {
    const files = execFileSync("git", ["-C", ROOT, "archive", ref], { maxBuffer: 2 ** 30 });
    execFileSync("tar", ["-x", "-C", folder], { input: files });
    linkPackages(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const name of WORKSPACES) {
      const own = join(ROOT, name, "node_modules");
      if (existsSync(own)) symlinkSync(own, join(folder, name, "node_modules"));
    }
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return {
    folder,
    load: (path) => import(pathToFileURL(join(folder, path)).href),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Links what is installed, but for the workspaces' own names, which are links that lead to their own version. */
function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) if (name !== "@sightline") symlinkSync(join(from, name), join(to, name));
  mkdirSync(join(to, "@sightline"));
  for (const name of readdirSync(join(from, "@sightline"))) {
    symlinkSync(readlinkSync(join(from, "@sightline", name)), join(to, "@sightline", name));
  }
}
