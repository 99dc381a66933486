/** Avro files, as Iceberg's manifests are. */
import { Readable } from "node:stream";
import avro from "avsc";

/** Whole numbers of 64 bits, such as ids of snapshots, are bigint: a number would be rounded. */
// oxlint-disable-next-line no-underscore-dangle -- the name that avsc gave it
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === "bigint",
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** Resolves with the records of a file of the codec null or deflate. Rejects where it is none. */
export async function readAvro(bytes: Uint8Array): Promise<unknown[]> {
  const decoder = new avro.streams.BlockDecoder({
    parseHook: (schema) => avro.Type.forSchema(schema, { registry: { long: LONG } }),
  });
  const records: unknown[] = [];
  for await (const record of Readable.from([bytes]).pipe(decoder)) records.push(record);
  return records;
}
