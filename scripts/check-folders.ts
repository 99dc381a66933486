/** `npm run folders`: fails where folders import each other, and names the imports that close the circle. */
import { globSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { folderCycles } from "./folder-cycles.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CODE = ["client/src/**/*.ts", "worker/src/**/*.ts", "relay/**/*.ts", "dev/**/*.ts", "demo/**/*.ts", "scripts/**/*.ts"];

const files = globSync(CODE, { cwd: ROOT, exclude: ["**/node_modules/**", "**/*.d.ts"] });
const cycles = folderCycles(ROOT, files);
for (const cycle of cycles)
  process.stderr.write(
    `folders import each other:\n${cycle.map(({ file, imports }) => `  ${file} imports ${imports}\n`).join("")}`,
  );
if (cycles.length === 0) process.stdout.write(`${files.length} files: no folders import each other\n`);
process.exitCode = cycles.length === 0 ? 0 : 1;
