import { readFileSync } from "node:fs";
import { CLIENT_FOLDER } from "./client-folder.ts";

/** What client/package.json has, as far as the build reads it. */
export interface Manifest {
  /** Subpath to source file, for example `"./react": "./src/react/index.ts"`. */
  exports: Record<string, string>;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** A repository as npm writes it. */
export interface Repository {
  type: string;
  url: string;
}

/** Reads client/package.json: the one place where the subpaths are listed. */
export function readManifest(): Manifest {
  return JSON.parse(readFileSync(`${CLIENT_FOLDER}package.json`, "utf8")) as Manifest;
}

/** The `repository` of the root's package.json; undefined while it has none. */
export function readRepository(): Repository | undefined {
  const root = JSON.parse(readFileSync(`${CLIENT_FOLDER}../package.json`, "utf8")) as { repository?: Repository };
  return root.repository;
}

/** The package.json that is published: its subpaths are the built files, and what only this repository needs is gone. */
export function publicManifest(own: Manifest, repository?: Repository): object {
  const subpaths = Object.entries(own.exports).map(([subpath, source]) => {
    const built = source.replace(/^\.\/src\//, "./").replace(/\.ts$/, "");
    return [subpath, { types: `${built}.d.ts`, default: `${built}.js` }];
  });
  return {
    ...own,
    private: undefined,
    repository: repository && { ...repository, directory: "client" },
    scripts: undefined,
    devDependencies: undefined,
    exports: { ...Object.fromEntries(subpaths), "./package.json": "./package.json" },
    unpkg: "./sightline.iife.js",
    jsdelivr: "./sightline.iife.js",
    files: ["**/*.js", "**/*.d.ts", "**/*.map"],
  };
}
