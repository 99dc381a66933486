/**
 * The plan of a lane: the offsets of the batch that is being written. It is durable before anything of the batch is, and obeyed by whoever has the
 * lane next, whatever its settings: so a file of one name has the same rows, whoever writes it and how often.
 */

/** From the first offset to the last. */
export interface Plan {
  from: bigint;
  to: bigint;
}

const PLAN = /^parquet 1 (\d{1,19})-(\d{1,19})$/;

/** Writes it. */
export function planText({ from, to }: Plan): string {
  return `parquet 1 ${from}-${to}`;
}

/** Reads it; undefined where nothing is planned. Throws where it is somebody else's. */
export function readPlan(text: string | undefined): Plan | undefined {
  if (text === undefined) return undefined;
  const [, from, to] = PLAN.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new Error(`expected a plan of the Parquet store beside the group's offsets: another program uses the same group`);
  }
  return { from: BigInt(from), to: BigInt(to) };
}

/** The id of a batch: its lane, which is topic and partition, and its offsets. */
export function batchId(lane: string, { from, to }: Plan): string {
  return `${lane.replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${from}-${to}`;
}
