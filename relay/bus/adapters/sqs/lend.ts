/** A queue of SQS as one that lends its messages; a handle is a receipt. */
import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Lender } from "../../consume/in-hand.ts";

/** Entries of a request, at most. */
const MOST = 10;

/** Makes it. */
export function lenderOf(client: SQSClient, QueueUrl: string, visibilitySeconds: number): Lender {
  const change = async (handles: string[], VisibilityTimeout: number): Promise<void> => {
    for (const some of cut(handles)) {
      const Entries = entriesOf(some).map((entry) => ({ ...entry, VisibilityTimeout }));
      await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    }
  };
  return {
    prolong: (handles) => change(handles, visibilitySeconds),
    giveBack: (handles) => change(handles, 0),
    async remove(handles) {
      const again: string[] = [];
      for (const some of cut(handles)) {
        const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(some) }));
        // A receipt that is no longer valid never will be: its message is received again.
        again.push(...Failed.filter(({ SenderFault }) => SenderFault !== true).map(({ Id }) => some[Number(Id)] ?? ""));
      }
      return again;
    },
  };
}

function entriesOf(handles: string[]): { Id: string; ReceiptHandle: string }[] {
  return handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle }));
}

function cut(handles: string[]): string[][] {
  return Array.from({ length: Math.ceil(handles.length / MOST) }, (_, index) => handles.slice(index * MOST, (index + 1) * MOST));
}
