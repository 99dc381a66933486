/**
 * Publishes with confirms, each record's own.
 *
 * The server confirms as its queues have them, over several queues in any order, and may refuse a record and take the next. So of each (topic, key)
 * one record is under way at a time, and what follows one that was refused is not sent. Under an alarm (memory, disk) it stops reading from
 * the connection without a word but `blocked`: a batch has a deadline, and none is begun while it is blocked.
 */
import type { ChannelModel, ConfirmChannel } from "amqplib";
import { failPoint } from "../../../lib/fail-point.ts";
import { type BusRecord, PublishError } from "../../port/bus.ts";
import { connectRabbitmq, endConnection } from "./connection.ts";
import { toProperties } from "./message.ts";
import type { RabbitmqOptions } from "./settings.ts";

/** Publishes records. */
export interface RabbitPublisher {
  /** The channel, for what is to be made on it. Rejects where the server cannot be had, or has blocked us. */
  channel(): Promise<ConfirmChannel>;
  /** Resolves when every record is confirmed. Rejects with a PublishError. */
  publish(records: readonly BusRecord[]): Promise<void>;
  close(): Promise<void>;
}

interface Session {
  model: ChannelModel;
  channel: ConfirmChannel;
  isOver: boolean;
  /** Why the server reads no more. */
  blocked: string | undefined;
  /** Topics that a record came back from, since no queue takes it. */
  unbound: Set<string>;
}

const CLOSE_MS = 1_000;

/** Makes it; nothing is connected before it is used. */
export function createPublisher(options: RabbitmqOptions): RabbitPublisher {
  let current: Session | undefined;
  let connecting: Promise<Session> | undefined;

  const connectNow = async (): Promise<Session> => {
    const model = await connectRabbitmq(options, "sightline publisher");
    const session: Session = {
      model,
      channel: await model.createConfirmChannel(),
      isOver: false,
      blocked: undefined,
      unbound: new Set(),
    };
    model.on("blocked", (reason) => (session.blocked = reason));
    model.on("unblocked", () => (session.blocked = undefined));
    model.on("close", () => (session.isOver = true));
    session.channel.on("close", () => (session.isOver = true));
    session.channel.on("error", () => {});
    session.channel.on("return", ({ fields }) => session.unbound.add(fields.routingKey));
    return session;
  };
  const get = async (): Promise<Session> => {
    if (current?.isOver) drop();
    if (current === undefined) {
      connecting ??= connectNow().finally(() => (connecting = undefined));
      current = await connecting;
    }
    if (current.blocked !== undefined) throw new Error(`RabbitMQ takes nothing: ${current.blocked}`);
    return current;
  };
  const drop = (): void => {
    if (current !== undefined) void endConnection(current.model, CLOSE_MS);
    current = undefined;
  };
  const publish = async (records: readonly BusRecord[]): Promise<void> => {
    const session = await get().catch((cause: Error) => {
      throw new PublishError("absent", cause.message, { cause });
    });
    const deadline = Date.now() + options.confirmTimeoutMs;
    const left = new Set(records);
    const refused = new Map<BusRecord, string>();
    failPoint("before_produce");
    let lanes = [...Map.groupBy(records, ({ topic, key }) => JSON.stringify([topic, key])).values()];
    for (let n = 0; lanes.length > 0; n++) {
      const wave = lanes.map((lane) => lane[n]!);
      const outcomes = await sendWave(session, wave, options, deadline).catch((cause: Error) => {
        drop();
        throw new PublishError("unknown", session.blocked ? `RabbitMQ takes nothing: ${session.blocked}` : cause.message, {
          cause,
        });
      });
      for (const [index, reason] of outcomes.entries()) {
        if (reason === undefined) left.delete(wave[index]!);
        else refused.set(wave[index]!, reason);
      }
      lanes = lanes.filter((lane) => lane.length > n + 1 && !refused.has(lane[n]!));
    }
    failPoint("after_produce");
    if (left.size === 0) return;
    const topics = [...new Set([...refused.keys()].map(({ topic }) => topic))];
    const [message = ""] = refused.values();
    throw new PublishError("absent", message, { missing: records.filter((record) => left.has(record)), topics });
  };

  return {
    publish,
    channel: async () => (await get()).channel,
    async close() {
      const session = current ?? (await connecting?.catch(() => undefined));
      current = undefined;
      if (session) await endConnection(session.model, CLOSE_MS);
    },
  };
}

/** Sends records at once. Resolves with why each was not taken, undefined where it was; rejects where that is not known by the deadline. */
async function sendWave(
  { model, channel, unbound }: Session,
  wave: readonly BusRecord[],
  { exchange, confirmTimeoutMs }: RabbitmqOptions,
  deadline: number,
): Promise<(string | undefined)[]> {
  unbound.clear();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`expected a confirm within ${confirmTimeoutMs} ms, and there was none`)),
    Math.max(0, deadline - Date.now()),
  );
  const onClose = (error?: Error): void => late.reject(error ?? new Error("the connection to RabbitMQ is gone"));
  model.once("close", onClose);
  try {
    const confirms = wave.map((record) => {
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      channel.publish(exchange, record.topic, record.value, toProperties(record), (error: Error | null) => {
        if (error === null)
          resolve(
            unbound.has(record.topic)
              ? `no queue takes ${record.topic}: subscribe to it, or name a group in RABBITMQ_GROUPS`
              : undefined,
          );
        // A nack says so; anything else is the end of the channel, of which nobody knows what it took.
        else if (error.message === "message nacked") resolve(`a queue of ${record.topic} refuses: it is full`);
        else late.reject(error);
      });
      return promise;
    });
    return await Promise.race([Promise.all(confirms), late.promise]);
  } finally {
    clearTimeout(timer);
    model.off("close", onClose);
  }
}
