import { runningStack, stackFolder } from "../../relay/cli/lib/running-stack.ts";
import type { StackFile } from "../../relay/cli/lib/stack-file.ts";

/** No stack is running here. */
export class NoStackError extends Error {
  override readonly name = "NoStackError";
}

/** The stack that runs on this DATA_DIR. Throws a {@link NoStackError}, which says what to do. */
export function findStack(env: NodeJS.ProcessEnv): StackFile {
  const stack = runningStack(env);
  if (stack) return stack;
  throw new NoStackError(
    `no stack runs on ${stackFolder(env)}: start one with npm start, or name a collector with --endpoint and --key`,
  );
}
