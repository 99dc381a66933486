/** Takes the members of a group out of it, as its coordinator does with those that were silent for too long. */
import { createWire } from "../../relay/bus/adapters/kafka/wire/wire.ts";
import * as kafka from "@platformatic/kafka";

/** Leaves the group in the name of each member, whichever protocol it has joined by. */
export async function expelMembers(brokers: string, group: string): Promise<void> {
  const [host = "", port] = brokers.split(":");
  const connection = new kafka.Connection("expel");
  await connection.connect(host, Number(port));
  const wire = createWire({ clientId: "expel", brokers: [brokers], tls: undefined, sasl: undefined });
  try {
    const listed = await kafka.describeGroupsV5.api.async(connection, [group], false).catch(() => undefined);
    const classic = listed?.groups[0]?.members ?? [];
    const members = classic.map(({ memberId }) => ({ memberId }));
    if (members.length > 0) return void (await wire.ask("leaveGroup", await wire.coordinator("group", group), group, members));
    const { groups } = await kafka.consumerGroupDescribeV0.api.async(connection, [group], false);
    for (const { memberId } of groups[0]!.members) {
      const coordinator = await wire.coordinator("group", group);
      await wire.ask("consumerHeartbeat", coordinator, group, memberId, -1, null, null, -1, null, null, null, null);
    }
  } finally {
    await connection.close();
    await wire.close();
  }
}
