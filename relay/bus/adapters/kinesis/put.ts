/** Puts records on a stream, in order of their key. */
import { PutRecordsCommand, type PutRecordsRequestEntry } from "@aws-sdk/client-kinesis";
import type { BusRecord } from "../../port/bus.ts";
import { type PutService, putInOrder } from "../aws/put.ts";
import type { Stream } from "./client.ts";
import { toEntry } from "./entry.ts";

/** Of a request. https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html. AWS takes 10 MiB by now; 5 MiB is what emulators and older endpoints take, too. */
const MOST = { entries: 500, bytes: 5 * 1024 * 1024 };

/** Puts the records. Rejects as {@link putInOrder} does, where a record has more than `recordBytes`, too. */
export async function putRecords(
  { client, StreamName, names }: Stream,
  records: BusRecord[],
  recordBytes: number,
): Promise<void> {
  const service: PutService<PutRecordsRequestEntry> = {
    most: MOST,
    entryBytes: recordBytes,
    counted: "value and key",
    atOnce: 1,
    tellsMissing: false,
    async send(entries) {
      const { Records: answers = [] } = await client.send(
        new PutRecordsCommand({ StreamName, Records: entries.map(({ put }) => put) }),
      );
      return entries.map((_entry, index) => {
        const { SequenceNumber, ErrorCode, ErrorMessage = "" } = answers[index] ?? {};
        if (SequenceNumber === undefined && ErrorCode === undefined) throw new Error("expected a response for each record");
        return ErrorCode === undefined ? undefined : { reason: `${ErrorCode}: ${ErrorMessage}` };
      });
    },
  };
  await putInOrder(
    service,
    records.map((record) => toEntry(record, names)),
  );
}
