/** Who a relay is to the brokers. */
import type { KafkaOptions } from "./settings.ts";

/** The transactional.id of a relay's slot, and the group that holds its receipts. */
export function placeId({ clientId }: Pick<KafkaOptions, "clientId">, slot: string | undefined): string {
  return `${clientId}.relay.${slot}`;
}

/** What is told of a failure: which rights are missing, where any are. */
export function lacking(
  options: Pick<KafkaOptions, "saslUsername">,
  denied: readonly string[] | undefined,
  reason: string,
): string {
  return denied === undefined ? reason : `${principalOf(options)} lacks ${denied.join(", ")} (${reason})`;
}

/** The principal that the brokers' rules know it by, as far as the settings tell. */
export function principalOf({ saslUsername }: Pick<KafkaOptions, "saslUsername">): string {
  return saslUsername === undefined ? "the relay" : `User:${saslUsername}`;
}
