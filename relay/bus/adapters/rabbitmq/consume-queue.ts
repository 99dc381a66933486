/** Takes messages of one queue. */
import type { Channel, ConsumeMessage } from "amqplib";

interface ConsumeOptions {
  /** Messages that may be here and not acknowledged. */
  prefetch: number;
  /** Begin with one at a time. @default false */
  careful: boolean;
  /** How often the queue delivered a message, this time included. */
  attemptOf(message: ConsumeMessage): number;
  onMessage(message: ConsumeMessage, ack: () => void): void;
  /** The server has ended it: the queue is gone, or its node. */
  onCancel(): void;
}

/**
 * Begins; resolves with what ends it, after the queue has what was acknowledged: a connection that merely closes may lose the last acks on the
 * way to a quorum queue. A member that died had messages here that it had not begun, and each counts as delivered: were as many taken again, a message that
 * kills its members would take its neighbours along into the dead letters. So it is one at a time, until one comes that was never delivered.
 */
export async function consumeQueue(channel: Channel, queue: string, options: ConsumeOptions): Promise<() => Promise<void>> {
  const { prefetch, careful, attemptOf, onMessage, onCancel } = options;
  let isCareful = careful && prefetch > 1;
  let tag = "";
  const start = async (count: number): Promise<void> => {
    await channel.prefetch(count);
    ({ consumerTag: tag } = await channel.consume(queue, take));
  };
  const take = (message: ConsumeMessage | null): void => {
    if (message === null) return onCancel();
    onMessage(message, () => channel.ack(message));
    if (!isCareful || attemptOf(message) > 1) return;
    isCareful = false;
    // What fails here fails with the channel, which tells it.
    channel
      .cancel(tag)
      .then(() => start(prefetch))
      .catch(() => {});
  };
  await start(isCareful ? 1 : prefetch);
  return async () => void (await channel.cancel(tag));
}
