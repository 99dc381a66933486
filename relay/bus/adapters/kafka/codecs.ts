/** Gives kafkajs the codecs that it knows of and does not have: those of `@platformatic/kafka`, loaded when a record needs them. */
import kafkajs from "kafkajs";

interface Codec {
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(data: Buffer): Promise<Buffer>;
}

const { CompressionCodecs, CompressionTypes } = kafkajs;
const TYPES = { snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD } as const;

/** Registers them with kafkajs, for all of the process. */
export function registerCodecs(): void {
  for (const [name, type] of Object.entries(TYPES)) CompressionCodecs[type] = () => codec(name as keyof typeof TYPES);
}

function codec(name: keyof typeof TYPES): Codec {
  const load = async () => (await import("@platformatic/kafka")).compressionsAlgorithms[name];
  return {
    compress: async ({ buffer }) => (await load()).compressSync(buffer),
    decompress: async (data) => (await load()).decompressSync(data),
  };
}
