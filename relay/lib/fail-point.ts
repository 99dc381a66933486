/**
 * Places where the tests crash a relay: SIGHTLINE_FAIL_POINT=<name>:<n> ends the process by SIGKILL when it passes the named place for
 * the nth time; `poison:<message id>` whenever it decodes that message. Unset, as anywhere but in tests, this does nothing.
 */
const [name, detail = "1"] = (process.env["SIGHTLINE_FAIL_POINT"] ?? "").split(/:(.*)/s);
let passed = 0;

/** A place between two durable steps of a round. */
export type Place =
  /** The claim is on the disk. */
  | "after_claim"
  /** The next that leaves are records. */
  | "before_produce"
  /** The brokers have the records, in a transaction that is not committed. */
  | "after_produce"
  | "before_commit"
  | "after_commit"
  /** The batch is confirmed. */
  | "after_publish"
  /** It is settled in the store, and nobody is told yet. */
  | "after_settle"
  /** The queue has its verdicts. */
  | "after_ack";

/** Ends the process here where the tests want it. */
export function failPoint(place: Place): void {
  if (place === name && ++passed === Number(detail)) process.kill(process.pid, "SIGKILL");
}

/** Ends the process where the tests say that this message does. */
export function poisonPoint(messageId: string): void {
  if (name === "poison" && detail === messageId) process.kill(process.pid, "SIGKILL");
}
