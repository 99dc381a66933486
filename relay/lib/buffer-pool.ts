/**
 * Buffers that are used again. V8 collects the whole heap for every 64 MB of them that come and do not go while they are young, and where events
 * come by the megabyte that takes a quarter of all CPU.
 */

/** Sizes are powers of two from this on, bytes. */
const LEAST = 2 ** 16;

export interface BufferPool {
  /** A buffer of so many bytes or more; what is in it is of no meaning. */
  lend(bytes: number): Buffer;
  /** Takes back what was lent, once nobody can read it any more; it may be left to the collector instead. */
  giveBack(buffer: Buffer): void;
}

/** Makes a pool that keeps so many bytes at most. */
export function createBufferPool(most: number): BufferPool {
  const free = new Map<number, Buffer[]>();
  let kept = 0;
  return {
    lend(bytes) {
      const size = Math.max(LEAST, 2 ** Math.ceil(Math.log2(bytes)));
      const found = free.get(size)?.pop();
      if (found === undefined) return Buffer.allocUnsafeSlow(size);
      kept -= size;
      return found;
    },
    giveBack(buffer) {
      const size = buffer.length;
      if (kept + size > most) return;
      kept += size;
      const same = free.get(size);
      if (same) same.push(buffer);
      else free.set(size, [buffer]);
    },
  };
}
