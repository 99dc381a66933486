import { CHUNK_BYTES, MESSAGE_OVERHEAD_BYTES, OPERATIONS, PRICES } from "./prices.ts";

/** What a request of one size was measured to need. */
export interface Need {
  /** Events a request. */
  events: number;
  /** Milliseconds of CPU a request. */
  cpuMs: number;
  /** Of each of its messages; the mean over requests of the length of this list is `messages`. */
  messageBytes: readonly number[];
  /** Requests that `messageBytes` are of. */
  requests: number;
  /** Data points a request. */
  dataPoints: number;
}

/** What is the same for every size. */
export interface Shared {
  /** Milliseconds of the consumer's CPU for each byte that it pushes. */
  consumerCpuMsPerByte: number;
  /** Messages that a call of the consumer brings. */
  consumerBatch: number;
  /** Events of Workers Logs for each call of the Worker. */
  logEvents: number;
}

/** Dollars for a million events. */
export interface Cost {
  requests: number;
  cpu: number;
  queue: number;
  /** The calls of the consumer and its CPU. */
  consumer: number;
  logs: number;
  /** The sum of these. */
  total: number;
  /** Announced, and not in the sum. */
  dataPoints: number;
}

/** What a million events cost that come so many a request. */
export function costOfMillion({ events, cpuMs, messageBytes, requests: measured, dataPoints }: Need, shared: Shared): Cost {
  const requests = 1e6 / events;
  const times = requests / measured;
  const chunks = times * sum(messageBytes.map((bytes) => Math.ceil((bytes + MESSAGE_OVERHEAD_BYTES) / CHUNK_BYTES)));
  const calls = (times * messageBytes.length) / shared.consumerBatch;
  const consumerCpuMs = times * sum(messageBytes) * shared.consumerCpuMsPerByte;
  const parts = {
    requests: requests * PRICES.request,
    cpu: requests * cpuMs * PRICES.cpuMs,
    queue: chunks * OPERATIONS * PRICES.queueOperation,
    consumer: calls * PRICES.request + consumerCpuMs * PRICES.cpuMs,
    logs: (requests + calls) * shared.logEvents * PRICES.logEvent,
  };
  return { ...parts, total: sum(Object.values(parts)), dataPoints: requests * dataPoints * PRICES.dataPoint };
}

/**
 * Dollars for a million events that came in requests of these sizes, copies and what is no event of the caller's included: `events` of
 * what they carried count. A request that carries none, such as a preflight, costs the request alone.
 */
export function costOfMix(sizes: readonly number[], events: number, needs: readonly Need[], shared: Shared): number {
  const ofOne = (size: number): number => {
    if (size === 0) return PRICES.request;
    const need = needs.find((one) => one.events === size);
    if (!need)
      throw new Error(
        `expected what a request of ${size} events needs, got requests of ${needs.map((one) => one.events).join(", ")}`,
      );
    return (costOfMillion(need, shared).total * size) / 1e6;
  };
  return (sum(sizes.map(ofOne)) * 1e6) / events;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
