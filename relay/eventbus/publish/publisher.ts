/** Publishes records through the policy of the bus, and tells of each what became of it. */
import { BrokenCircuitError } from "cockatiel";
import { type BusRecord, PublishError as BusError, type Refusal } from "@sightline/bus/port";
import type { PublishPolicy } from "@sightline/bus/policy";
import type { Channel } from "../port/channel.ts";
import { CircuitOpenError, PublishError } from "../port/errors.ts";
import { deadLetterOf } from "./dead-letter.ts";

/** Publishes. */
export interface Publisher {
  /**
   * Publishes records of one channel, again and again within the settings' bounds; `once`: once. Resolves with the errors of those that are not
   * on the bus; what the bus refuses for good is in the dead letters then, where those are kept and take it.
   */
  send(channel: Channel, records: readonly BusRecord[], how?: { once: boolean }): Promise<Map<BusRecord, Error>>;
  /** Seconds for which the channel's breaker rests; undefined where it lets calls through. */
  rest(channel: Channel): number | undefined;
  readonly sent: number;
}

interface PublisherParts {
  policy: Pick<PublishPolicy, "publish" | "rest">;
  deadLetters: boolean;
}

/** Makes it. */
export function createPublisher({ policy, deadLetters }: PublisherParts): Publisher {
  let number = 0;
  let sent = 0;
  const publish = async (records: BusRecord[], how?: { once: boolean }): Promise<void> => {
    await policy.publish({ number: ++number, claimedAt: new Date().toISOString(), records }, how);
    sent += records.length;
  };
  const bury = async ({ name, dlq }: Channel, record: BusRecord, { code, message }: Refusal): Promise<Error> => {
    const death = { type: "refused", code, message, attempts: 1, firstSeenAt: new Date().toISOString() } as const;
    const deadLettered =
      deadLetters &&
      (await publish([deadLetterOf(dlq, record, death)]).then(
        () => true,
        () => false,
      ));
    return new PublishError(name, message, { code, deadLettered });
  };

  return {
    async send(channel, records, how) {
      const failed = new Map<BusRecord, Error>();
      let left = [...records];
      while (left.length > 0) {
        try {
          await publish(left, how);
          return failed;
        } catch (error) {
          const { refused, missing } = error as BusError;
          if (missing) left = left.filter((record) => missing.includes(record));
          if (refused === undefined) {
            for (const record of left) failed.set(record, errorOf(channel, error as Error, policy));
            return failed;
          }
          for (const [record, refusal] of refused) failed.set(record, await bury(channel, record, refusal));
          left = left.filter((record) => !refused.has(record));
        }
      }
      return failed;
    },
    rest: ({ topic }) => policy.rest(topic),
    get sent() {
      return sent;
    },
  };
}

function errorOf({ name, topic }: Channel, error: Error, policy: PublisherParts["policy"]): Error {
  if (error.cause instanceof BrokenCircuitError) return new CircuitOpenError(name, policy.rest(topic) ?? 0, error.message);
  const known = error instanceof BusError ? error : undefined;
  const code = known?.denied === undefined ? "publish_failed" : "not_allowed";
  return new PublishError(name, error.message, { code, outcome: known?.outcome ?? "unknown", cause: error });
}
