/** DATA_DIR/stack.json: where the running stack is, for commands in the next terminal. Only its owner may read it: it holds the keys. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The running stack. Addresses are without a slash at the end. */
export interface StackFile {
  /** Process id of `npm start` itself. */
  pid: number;
  /** Process id of the relay; another one after each restart. */
  relay_pid: number;
  shop: string;
  /** The live view. */
  live: string;
  collector: string;
  /** The relay; the live view is its root. */
  relay: string;
  /** Public key for pages. */
  web_key: string;
  /** Secret key for backends. */
  server_key: string;
  relay_token: string;
  /** Name of the bus. */
  publisher: string;
  /** Settings of `sightline` that make its commands work on this stack: bus, relay, token, and the API of the write keys. */
  settings: Record<string, string>;
}

/** Writes the file; a reader sees the old one or the new one, never half of it. */
export function writeStackFile(dataDir: string, stack: StackFile): void {
  const file = fileOf(dataDir);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The running stack; undefined where none is written down. Whether it is alive is for the caller to see. */
export function readStackFile(dataDir: string): StackFile | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), "utf8")) as StackFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${fileOf(dataDir)} cannot be read: ${(error as Error).message}; delete it, and start the stack again`, {
      cause: error,
    });
  }
}

/** Takes the file away. */
export function removeStackFile(dataDir: string): void {
  rmSync(fileOf(dataDir), { force: true });
}

function fileOf(dataDir: string): string {
  return join(dataDir, "stack.json");
}
