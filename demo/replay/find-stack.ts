import { resolve } from "node:path";
import { readStackFile, type StackFile } from "../stack-file.ts";

/** No stack is running here. */
export class NoStackError extends Error {
  override readonly name = "NoStackError";
}

/** The stack that runs on this DATA_DIR. Throws a {@link NoStackError}, which says what to do. */
export function findStack(env: NodeJS.ProcessEnv): StackFile {
  const dataDir = resolve(env["DATA_DIR"] || ".sightline");
  const stack = readStackFile(dataDir);
  if (stack && isAlive(stack.pid)) return stack;
  throw new NoStackError(`no stack runs on ${dataDir}: start one with npm start, or name a collector with --endpoint and --key`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
