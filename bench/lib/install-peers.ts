import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where the peers are installed, with a slash at its end. */
const FOLDER = new URL("../", import.meta.url);

interface Manifest {
  version: string;
  dependencies?: Record<string, string>;
}

/** Installs in bench/ what its package.json names and is not there, and says so; returns the versions by package. */
export async function installPeers(say: (text: string) => void): Promise<Record<string, string>> {
  const { dependencies: wanted = {} } = await readManifest("package.json");
  const isThere = async ([name, version]: [string, string]): Promise<boolean> => {
    const installed = await readManifest(`node_modules/${name}/package.json`).catch(() => undefined);
    return installed?.version === version;
  };
  const there = await Promise.all(Object.entries(wanted).map(isThere));
  if (there.includes(false)) {
    say("bench/: npm ci brings the SDKs that are compared");
    await run("npm", ["ci", "--ignore-scripts"], { cwd: fileURLToPath(FOLDER) });
  }
  return wanted;
}

async function readManifest(path: string): Promise<Manifest> {
  return JSON.parse(await readFile(new URL(path, FOLDER), "utf8")) as Manifest;
}
