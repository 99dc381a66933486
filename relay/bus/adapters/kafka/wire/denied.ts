/** Which rights, or which login, the brokers say that the relay lacks: in words, since an error's name says neither for what nor on what. */
import { KafkaFault } from "./faults.ts";
import { brokerErrors } from "./errors.ts";

/** Rights are missing that an error of the brokers alone does not tell. */
export class Denied extends Error {
  override readonly name = "Denied";
  readonly rights: readonly string[];

  constructor(rights: readonly string[], cause?: unknown) {
    super(`not allowed: ${rights.join(", ")}`, { cause });
    this.rights = rights;
  }
}

/** What the relay works with on the brokers. */
interface Resources {
  /** Its transactional.id, and the group that holds its receipts; undefined for a service, which has neither. */
  id?: string;
  /** The topic of the receipts. */
  checkpoints?: string;
}

/** Rights that an error tells are missing, as "WRITE on topic orders.v1", each once; undefined where it tells of none. */
export function missingRights(error: unknown, { id = "", checkpoints }: Resources): string[] | undefined {
  const found = new Set<string>(deniedIn(error));
  for (const { code, topic } of codesOf(error)) {
    if (code === "TOPIC_AUTHORIZATION_FAILED")
      found.add(`${topic === checkpoints ? "READ" : "WRITE"} on topic ${topic ?? "(unnamed)"}`);
    else if (code === "GROUP_AUTHORIZATION_FAILED") found.add(`READ on group ${id}`);
    else if (code === "TRANSACTIONAL_ID_AUTHORIZATION_FAILED") found.add(`WRITE on transactional id ${id}`);
    else if (code === "CLUSTER_AUTHORIZATION_FAILED") found.add("WRITE on any topic, or IDEMPOTENT_WRITE on the cluster");
    else if (code === "SASL_AUTHENTICATION_FAILED") found.add("a login that the brokers take");
  }
  return found.size === 0 ? undefined : [...found];
}

/** What is said to be missing, in an error and what caused it. */
function deniedIn(error: unknown): readonly string[] {
  if (error instanceof Denied) return error.rights;
  return causesOf(error).flatMap(deniedIn);
}

function causesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  return (error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause]).filter((one) => one !== undefined);
}

/** Every error that brokers named, in an error and what caused it. */
function codesOf(error: unknown): { code: string; topic: string | undefined }[] {
  const own = error instanceof KafkaFault ? error.topics : brokerErrors(error);
  return own.length > 0 ? [...own] : causesOf(error).flatMap(codesOf);
}
