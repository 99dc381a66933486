import type { Broker } from "@platformatic/kafka";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { brokerErrors } from "./errors.ts";
import type { Wire } from "./wire.ts";

/** Nothing was done, by the coordinator's word: it is busy with what came before, or is only being found. */
const NOT_YET: ReadonlySet<string> = new Set([
  "CONCURRENT_TRANSACTIONS",
  "COORDINATOR_LOAD_IN_PROGRESS",
  "COORDINATOR_NOT_AVAILABLE",
  "NOT_COORDINATOR",
  "UNSTABLE_OFFSET_COMMIT",
]);

const isNotYet = (error: unknown): boolean => {
  const errors = brokerErrors(error);
  return errors.length > 0 && errors.every(({ code }) => NOT_YET.has(code));
};

/** Asks a coordinator again for about five seconds: less than a call may take, so that what it said last is told and not only that time was up. */
const asking = retry(handleWhen(isNotYet), {
  maxAttempts: 30,
  backoff: new ExponentialBackoff({ initialDelay: 3, maxDelay: 200 }),
});

/** Asks the coordinator of an id until it is there and has done what came before. */
export async function coordinated<T>(
  wire: Wire,
  type: "transaction" | "group",
  id: string,
  ask: (broker: Broker) => Promise<T>,
): Promise<T> {
  return asking.execute(async () => {
    try {
      return await ask(await wire.coordinator(type, id));
    } catch (error) {
      // One that moved says so, or is gone.
      if (!brokerErrors(error).every(({ code }) => code === "CONCURRENT_TRANSACTIONS") || brokerErrors(error).length === 0)
        wire.forget();
      throw error;
    }
  });
}
