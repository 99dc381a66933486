/** A way between a visitor and the servers. */
export interface Network {
  /** Round trip of the collector / first byte of the shop. */
  name: string;
  /** Milliseconds from a request to the collector's response, half of them before it has the request. */
  roundTripMs: number;
  /** Milliseconds until a document of the shop begins to come. */
  firstByteMs: number;
}

/** The ways on which visits are made. */
export const NETWORKS: readonly Network[] = [
  [40, 150],
  [200, 50],
  [0, 0],
].map(([roundTripMs = 0, firstByteMs = 0]) => ({ name: `${roundTripMs}/${firstByteMs}`, roundTripMs, firstByteMs }));
