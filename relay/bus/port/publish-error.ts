import type { BusRecord } from "./record.ts";

/** Why the bus will never take a record. */
export interface Refusal {
  /** Its topic does not exist or may not be written to; it is larger than the bus takes; the bus refuses it for another reason. */
  code: "topic_unavailable" | "record_too_large" | "record_refused";
  /** What the bus said. */
  message: string;
}

/** What is known of a publish that failed. */
interface PublishFailure extends ErrorOptions {
  /** Records that the bus will never take: to be tried no more. */
  refused?: ReadonlyMap<BusRecord, Refusal>;
  /** Without transactions: what of the batch is not on the bus, in order, where that is known. */
  missing?: BusRecord[];
  /** The topics that alone are at fault; undefined where it is the bus. */
  topics?: readonly string[] | undefined;
  /**
   * Rights that whoever publishes lacks, in words, as "WRITE on topic orders.v1"; "to log in" where the login is refused. No record is at fault: the
   * same may be published once the right is given.
   */
  denied?: readonly string[] | undefined;
}

/** A batch was not confirmed. */
export class PublishError extends Error {
  override readonly name = "PublishError";
  /** `absent`: the bus has nothing of it, or of `missing` where that is given. `unknown`: to be settled before it is published again. */
  readonly outcome: "absent" | "unknown";
  readonly refused: PublishFailure["refused"];
  readonly missing: PublishFailure["missing"];
  readonly topics: PublishFailure["topics"];
  readonly denied: PublishFailure["denied"];

  constructor(
    outcome: PublishError["outcome"],
    message: string,
    { refused, missing, topics, denied, ...options }: PublishFailure = {},
  ) {
    super(message, options);
    this.outcome = outcome;
    this.refused = refused;
    this.missing = missing;
    this.topics = topics;
    this.denied = denied;
  }
}
