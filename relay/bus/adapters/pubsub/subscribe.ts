/**
 * Consumes subscriptions that are called by topic and group. Pub/Sub hands a message to one of those who ask and keeps it from the others; it
 * comes again where its member died. A lane is a topic; all members have all lanes.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { holdInHand, type InHand } from "../../consume/in-hand.ts";
import { createTurn } from "../../consume/in-turn.ts";
import { createOutage } from "../../consume/outage.ts";
import type { Delivery, Sink, SubscribeOptions, Subscription } from "../../port/subscriber.ts";
import type { Clients } from "./client.ts";
import { toRecord } from "./message.ts";
import type { PubsubOptions } from "./settings.ts";
import { createSubscription, createTopic, topicPath } from "./topics.ts";

/** Milliseconds between two tries after a fault, and between two looks for a topic that is not there yet. */
const REST_MS = 1_000;
/** gRPC's number of a request that took too long: nothing was there. */
const DEADLINE_EXCEEDED = 4;

interface Lane {
  topic: string;
  subscription: string;
  hand: InHand;
  emptySince: number;
}

/** Subscribes. Rejects while Pub/Sub cannot be had. */
export async function subscribePubsub(
  clients: Clients,
  options: PubsubOptions,
  wanted: SubscribeOptions,
  sink: Sink,
): Promise<Subscription> {
  const { subscriber, project, once } = clients;
  const { ackDeadlineSeconds } = options;
  const isTemporary = wanted.group === undefined;
  const group = wanted.group ?? `everyone-${randomUUID()}`;
  const outage = createOutage(sink);
  const inTurn = createTurn();
  const stop = new AbortController();
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
  const lanes = new Map<string, Lane>();
  let offset = 0n;

  const openLane = async (topic: string): Promise<Lane | undefined> => {
    if (options.createTopics) await createTopic(clients, topicPath(project, topic));
    const subscription = await createSubscription(clients, topic, `${topic}.${group}`, { ackDeadlineSeconds, isTemporary });
    if (subscription === undefined) return undefined;
    const change = async (ackIds: string[], seconds: number): Promise<void> => {
      await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: seconds }, once);
    };
    const hand = holdInHand({
      lender: {
        prolong: (ackIds) => change(ackIds, ackDeadlineSeconds),
        giveBack: (ackIds) => change(ackIds, 0),
        async remove(ackIds) {
          await subscriber.acknowledge({ subscription, ackIds }, once);
          return [];
        },
      },
      prolongMs: (ackDeadlineSeconds * 1_000) / 3,
      removeEvery: wanted.commitEvery,
      removeIntervalMs: wanted.commitIntervalMs,
      onFault: outage.began,
    });
    const lane = { topic, subscription, hand, emptySince: Date.now() };
    lanes.set(topic, lane);
    return lane;
  };
  const pull = async ({ topic, subscription, hand }: Lane): Promise<Delivery[]> => {
    await hand.removed();
    // Whoever closes waits for it: what an abandoned one brings would stay hidden.
    const [{ receivedMessages }] = await subscriber
      .pull({ subscription, maxMessages: wanted.batchSize }, { ...once, timeout: wanted.pollTimeoutMs })
      .catch((error: unknown) => {
        if ((error as { code?: number }).code === DEADLINE_EXCEEDED) return [{ receivedMessages: [] }] as const;
        throw error;
      });
    return (receivedMessages ?? []).flatMap(({ ackId, message, deliveryAttempt }): Delivery[] => {
      const id = message?.messageId ?? "";
      if (!message || !hand.take(id, ackId ?? "")) return [];
      const record = toRecord(message, topic, offset++);
      return [{ record, lane: topic, attempt: deliveryAttempt || 1, ack: () => hand.ack(id) }];
    });
  };
  const round = async (topic: string): Promise<void> => {
    const lane = lanes.get(topic) ?? (await openLane(topic));
    if (lane === undefined) return pause(REST_MS);
    const deliveries = await pull(lane);
    if (deliveries.length > 0) {
      lane.emptySince = Date.now();
      if (!stop.signal.aborted) await inTurn(() => sink.take(deliveries));
      return;
    }
    if (Date.now() - lane.emptySince < wanted.blockMs) return;
    lane.emptySince = Date.now();
    await inTurn(() => sink.take([]));
  };
  const consume = async (topic: string): Promise<void> => {
    while (!stop.signal.aborted) if (!(await outage.trying(() => round(topic)))) await pause(REST_MS);
  };

  await Promise.all(wanted.topics.map(openLane));
  const consuming = wanted.topics.map(consume);
  return {
    lanes: () => [...lanes.keys()],
    lag: async () => undefined,
    async close() {
      stop.abort();
      // A sink that has no room resolves what it was handed once that is drained.
      await sink.drain([...lanes.keys()]);
      await Promise.all(consuming);
      for (const { hand, subscription } of lanes.values()) {
        await hand.close();
        if (isTemporary) await subscriber.deleteSubscription({ subscription }, once);
      }
    },
  };
}
