import { execFile } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../../relay/cli/main.ts", import.meta.url));

/** Runs `sightline` as an operator does; answers its exit code and everything it said. */
export async function sightline(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const settings = { PATH: process.env["PATH"], ...env };
    execFile(process.execPath, ["--no-warnings", CLI, ...args], { env: settings }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: `${stdout}${stderr}`.trim() });
    });
  });
}
