/** Packages of PyPI that a test needs, in a virtual environment that is made once, in a cache outside the repo. */
import { existsSync } from "node:fs";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { has, say } from "./machine.ts";

const run = promisify(execFile);

/** Resolves with the path of its python3. `name` tells what is in it, with its version. Rejects with an Error that says what is missing. */
export async function pythonWith(name: string, packages: readonly string[]): Promise<string> {
  if (!(await has("python3"))) throw new Error("python3 is missing");
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sightline");
  const folder = join(cache, name);
  const python = join(folder, "bin", "python3");
  if (existsSync(folder)) return python;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, "fresh-"));
  try {
    say(`installing ${name} from PyPI into ${folder}`);
    await run("python3", ["-m", "venv", fresh]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
    await run(join(fresh, "bin", "python3"), pip, { maxBuffer: 1 << 26 });
    // Renamed only when whole. Another run may have been faster: then its copy stays.
    await rename(fresh, folder).catch(async (error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return python;
}
