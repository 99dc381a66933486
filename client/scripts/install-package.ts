/** Builds the package, packs it as npm would publish it, and installs it into a folder of its own. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { buildPackage } from "./build-package.ts";
import { CLIENT_FOLDER } from "./client-folder.ts";

const run = promisify(execFile);

/** An app's folder that has the package in its node_modules, and in `client/dist` as it was built. */
export interface Installed {
  folder: string;
  /** The packed package. */
  tarball: Buffer;
  /** The package.json that is published. */
  manifest: {
    name: string;
    version: string;
    exports: Record<string, unknown>;
    engines: { node: string };
    dependencies: Record<string, string>;
    peerDependencies?: Record<string, string>;
  };
  remove(): Promise<void>;
}

/** Installs it without the network: what it depends on is taken from this repository's own node_modules. */
export async function installPackage(): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-package-"));
  const built = join(folder, "client/dist");
  await buildPackage(built);
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder, built]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await run("tar", ["-xzf", join(folder, filename), "-C", folder]);
  const manifest = JSON.parse(await readFile(join(folder, "package/package.json"), "utf8")) as Installed["manifest"];
  await mkdir(join(folder, "node_modules/@sightline"), { recursive: true });
  await rename(join(folder, "package"), join(folder, "node_modules", manifest.name));
  for (const name of [...Object.keys(manifest.dependencies), "react", "@types/react", "csstype"]) {
    await linkModule(name, folder);
  }
  const tarball = await readFile(join(folder, filename));
  return { folder, tarball, manifest, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function linkModule(name: string, folder: string): Promise<void> {
  const places = createRequire(CLIENT_FOLDER).resolve.paths(name) ?? [];
  const target = join(folder, "node_modules", name);
  await mkdir(dirname(target), { recursive: true });
  for (const place of places) {
    const isThere = await readFile(join(place, name, "package.json")).then(
      () => true,
      () => false,
    );
    if (isThere) return symlink(join(place, name), target);
  }
  throw new Error(`${name} is not installed`);
}
