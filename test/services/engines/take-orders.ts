/** Talks with a process that takes orders: one JSON object a line to its stdin, each answered by one line of its stdout. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** What is to be done, and with what. */
export interface Order {
  do: string;
  [detail: string]: unknown;
}

/** Gives an order. Resolves with the `result` of its answer; rejects with its `error`, and where the process ends before it answers. */
export type Ask = (order: Order) => Promise<unknown>;

interface Answer {
  /** Of the order; the first line answers none, and says that the process is ready. */
  id: number;
  result?: unknown;
  error?: string;
}

/** Resolves when the process is ready; rejects, with what it has written to stderr, where it ends before. */
export async function takeOrders(child: ChildProcess): Promise<Ask> {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error("expected a process with pipes");
  const waiting: PromiseWithResolvers<unknown>[] = [];
  let said = "";
  stderr.on("data", (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)));
  // An order to a process that has just ended fails as it does.
  stdin.on("error", () => undefined);
  createInterface({ input: stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as Answer;
    if (error === undefined) waiting[id]?.resolve(result);
    else waiting[id]?.reject(new Error(error));
  });
  child.once("error", (error) => waiting.forEach(({ reject }) => reject(error)));
  child.once("close", () => waiting.forEach(({ reject }) => reject(new Error(`the process has ended: ${said}`))));

  function answer(): PromiseWithResolvers<unknown> {
    const next = Promise.withResolvers<unknown>();
    waiting.push(next);
    if (child.exitCode !== null || child.signalCode !== null) next.reject(new Error(`the process has ended: ${said}`));
    return next;
  }

  await answer().promise;
  return (order) => {
    const id = waiting.length;
    const { promise } = answer();
    stdin.write(`${JSON.stringify({ ...order, id })}\n`);
    return promise;
  };
}
