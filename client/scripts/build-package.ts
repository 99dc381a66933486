/** Builds what is published: a module of each subpath, the types of the sources, and the script for pages without a bundler. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundleIife } from "./bundle-iife.ts";
import { bundleModules } from "./bundle-modules.ts";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { publicManifest, readManifest, readRepository } from "./manifest.ts";

const run = promisify(execFile);
const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

/** Writes the package to `folder`, which is emptied first. Rejects where the sources do not type-check. */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await Promise.all([emitTypes(folder), writeModules(folder), writeIife(folder)]);
  await writeFile(join(folder, "package.json"), `${JSON.stringify(publicManifest(readManifest(), readRepository()), null, 2)}\n`);
  await copyFile(join(CLIENT_FOLDER, "../LICENSE"), join(folder, "LICENSE"));
  await copyFile(join(CLIENT_FOLDER, "README.md"), join(folder, "README.md"));
}

async function emitTypes(folder: string): Promise<void> {
  try {
    await run(process.execPath, [TSC, "-p", join(CLIENT_FOLDER, "tsconfig.build.json"), "--outDir", folder]);
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}

async function writeModules(folder: string): Promise<void> {
  for (const [path, text] of await bundleModules()) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function writeIife(folder: string): Promise<void> {
  const { code, map } = await bundleIife();
  await writeFile(join(folder, "sightline.iife.js"), code);
  await writeFile(join(folder, "sightline.iife.js.map"), map);
}
