/** Makes sure that the machine has a program, and says what is done about it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Says on stderr what the tests do to the machine. */
export function say(line: string): void {
  process.stderr.write(`test services: ${line}\n`);
}

/** Installs a Debian package where the command is missing and this is root on Debian. Throws an Error where it cannot be had. */
export async function ensureCommand(command: string, debianPackage: string): Promise<void> {
  if (!(await has(command))) await installPackages(command, [debianPackage]);
}

/** Installs Debian packages for something that is missing, where this is root on Debian. Throws an Error where it cannot be had. */
export async function installPackages(missing: string, packages: readonly string[]): Promise<void> {
  const names = packages.join(" ");
  if (process.getuid?.() !== 0 || !(await has("apt-get"))) {
    throw new Error(`${missing} is missing: install it, on Debian by apt-get install ${names}`);
  }
  say(`${missing} is missing: apt-get install ${names}`);
  await run("apt-get", ["update", "-qq"]);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env, maxBuffer: 1 << 26 });
}

/** Whether a command is on the PATH. */
export async function has(command: string): Promise<boolean> {
  return run("sh", ["-c", 'command -v "$1"', "sh", command]).then(
    () => true,
    () => false,
  );
}
