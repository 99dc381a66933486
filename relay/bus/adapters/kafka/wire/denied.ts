/** Which rights, or which login, the brokers say that the relay lacks: in words, since an error's name says neither for what nor on what. */
import { KafkaFault } from "./faults.ts";
import { brokerErrors } from "./wire.ts";

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
  if (error instanceof Denied) return [...error.rights];
  const found = new Set<string>();
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

/** Every error that brokers named, in an error and what caused it. */
function codesOf(error: unknown): { code: string; topic: string | undefined }[] {
  const own = error instanceof KafkaFault ? error.topics : brokerErrors(error);
  if (!(error instanceof Error) || own.length > 0) return [...own];
  const inner = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  return inner.filter((one) => one !== undefined).flatMap(codesOf);
}
