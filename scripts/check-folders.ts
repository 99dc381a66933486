/** `npm run folders`: fails where folders import each other, or where an import points up the list of docs/architecture.md. */
import { globSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { folderCycles, type Import, importsOf, importsUpwards, type Packages } from "./folder-cycles.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CODE = ["client/src/**/*.ts", "worker/{src,scripts}/**/*.ts", "relay/**/*.ts", "{dev,demo,scripts}/**/*.ts"];
/** The lowest first; docs/architecture.md has them with the highest first, and what is in each. */
const ROOMS = [
  "client/src",
  "worker/src",
  "worker/scripts",
  "relay/lib",
  "relay/queue-emulator",
  "relay/bus",
  "relay/eventbus",
  "relay/state",
  "relay/stores",
  "relay/analysis",
  "relay/stream",
  "relay/dashboard",
  "relay/service",
  "relay/scripts",
  "relay/cli",
  "dev",
  "demo",
];

/** What the workspaces export, by the names that others import it under. */
function exported(): Packages {
  const { workspaces } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { workspaces: string[] };
  return new Map(
    workspaces.flatMap((folder) => {
      const { name, exports = {} } = JSON.parse(readFileSync(`${ROOT}${folder}/package.json`, "utf8")) as {
        name: string;
        exports?: Record<string, string>;
      };
      return Object.entries(exports).map(([path, file]) => [name + path.slice(1), `${folder}${file.slice(1)}`] as const);
    }),
  );
}

const shown = ({ file, imports }: Import): string => `  ${file} imports ${imports}\n`;
const files = globSync(CODE, { cwd: ROOT, exclude: ["**/node_modules/**", "**/*.d.ts"] });
const imports = importsOf(ROOT, files, exported());
const upwards = importsUpwards(imports, ROOMS);
const [cycle, ...more] = folderCycles(imports);
if (upwards.length > 0) process.stderr.write(`imports that point up (docs/architecture.md):\n${upwards.map(shown).join("")}`);
if (cycle) process.stderr.write(`folders import each other:\n${cycle.map(shown).join("")}`);
if (more.length > 0) process.stderr.write(`and ${more.length} longer circles\n`);
if (cycle || upwards.length > 0) process.exitCode = 1;
else process.stdout.write(`${files.length} files: no folders import each other, and no import points up\n`);
