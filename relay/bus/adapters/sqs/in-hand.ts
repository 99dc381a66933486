/** The messages of one queue that this member has: kept invisible to others while they are, and deleted once they are acknowledged. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type DeleteMessageBatchRequestEntry,
  type SQSClient,
} from "@aws-sdk/client-sqs";

/** Entries of a request, at most. */
const MOST = 10;

interface Held {
  /** Of the last time it was received: older ones may no longer be valid. */
  receipt: string;
  isAcked: boolean;
}

interface InHandOptions {
  client: SQSClient;
  url: string;
  visibilitySeconds: number;
  /** Deletes after so many acknowledged messages or milliseconds, whichever comes first. */
  deleteEvery: number;
  deleteIntervalMs: number;
  /** Is told what went wrong. */
  onFault(error: Error): void;
}

/** Holds messages. */
export interface InHand {
  /** Takes a message; false where it is held already, and was only received again. */
  take(id: string, receipt: string): boolean;
  ack(id: string): void;
  /** Deletes what is acknowledged; what could not be is left to be received again. */
  flush(): Promise<void>;
  /** Stops prolonging, deletes what is acknowledged, and makes the rest visible at once. */
  close(): Promise<void>;
}

/** Begins to hold. */
export function holdInHand(options: InHandOptions): InHand {
  const { client, url: QueueUrl, visibilitySeconds, deleteEvery, deleteIntervalMs, onFault } = options;
  const held = new Map<string, Held>();
  const most = Math.min(deleteEvery, MOST);
  let acked = 0;
  let flushing = Promise.resolve();

  const change = async (ids: string[], VisibilityTimeout: number): Promise<void> => {
    for (const some of cut(ids)) {
      const Entries = entriesOf(some).map((entry) => ({ ...entry, VisibilityTimeout }));
      if (Entries.length > 0) await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  };
  const entriesOf = (ids: string[]): DeleteMessageBatchRequestEntry[] =>
    ids.flatMap((id, index) => {
      const receipt = held.get(id)?.receipt;
      return receipt === undefined ? [] : [{ Id: String(index), ReceiptHandle: receipt }];
    });
  const deleteAcked = async (): Promise<void> => {
    const ids = [...held].filter(([, { isAcked }]) => isAcked).map(([id]) => id);
    for (const some of cut(ids)) {
      const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(some) }));
      const failed = new Set(Failed.map(({ Id }) => Id));
      for (const [index, id] of some.entries()) {
        // One that could not be deleted is forgotten as well if its receipt is no longer valid: it will be received again.
        if (failed.has(String(index)) && Failed.find(({ Id }) => Id === String(index))?.SenderFault !== true) continue;
        held.delete(id);
        acked--;
      }
    }
  };
  const flush = (): Promise<void> => (flushing = flushing.then(deleteAcked).catch(onFault));
  const prolong = setInterval(
    () => void change([...held.keys()], visibilitySeconds).catch(onFault),
    (visibilitySeconds * 1000) / 3,
  );
  const regularly = setInterval(() => acked > 0 && void flush(), deleteIntervalMs);

  return {
    take(id, receipt) {
      const known = held.get(id);
      if (known !== undefined) known.receipt = receipt;
      else held.set(id, { receipt, isAcked: false });
      return known === undefined;
    },
    ack(id) {
      const message = held.get(id);
      if (message === undefined || message.isAcked) return;
      message.isAcked = true;
      if (++acked % most === 0) void flush();
    },
    flush,
    async close() {
      clearInterval(prolong);
      clearInterval(regularly);
      await flush();
      await change(
        [...held].filter(([, { isAcked }]) => !isAcked).map(([id]) => id),
        0,
      ).catch(onFault);
    },
  };
}

function cut(ids: string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MOST) }, (_, index) => ids.slice(index * MOST, (index + 1) * MOST));
}
