/**
 * The plan of a lane: the offsets of the batch that is being written. It is durable before anything of the batch is, and obeyed by whoever has the
 * lane next, whatever its settings: so a file of one name has the same rows, whoever writes it and how often.
 */

/** From the first offset to the last. */
export interface Plan {
  from: bigint;
  to: bigint;
  /** By a store whose names did not have the origin of a lane yet: what it wrote of the batch is found by that name alone. @default false */
  isOld?: true;
}

const PLAN = /^parquet ([12]) (\d{1,19})-(\d{1,19})$/;

/** Writes it. */
export function planText({ from, to }: Plan): string {
  return `parquet 2 ${from}-${to}`;
}

/** Reads it; undefined where nothing is planned. Throws where it is somebody else's. */
export function readPlan(text: string | undefined): Plan | undefined {
  if (text === undefined) return undefined;
  const [, version, from, to] = PLAN.exec(text) ?? [];
  if (from === undefined || to === undefined) {
    throw new Error(`expected a plan of the Parquet store beside the group's offsets: another program uses the same group`);
  }
  return { from: BigInt(from), to: BigInt(to), ...(version === "1" ? { isOld: true } : {}) };
}

/**
 * The id of a batch: what its offsets count in, its lane, which is topic and partition, and its offsets. Without the first, batches of two buses would
 * have one id, or those of a topic before and after it was made anew.
 */
export function batchId(origin: string, lane: string, { from, to, isOld }: Plan): string {
  const where = isOld ? lane : `${origin}-${lane}`;
  return `${where.replaceAll(/[^A-Za-z0-9._-]/g, "-")}-${from}-${to}`;
}
