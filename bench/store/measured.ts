/** What a consumer of this folder is measured by: from the moment that it is a member of its group until all events are where they go. */
import process from "node:process";

/** What it came to. */
export interface StoreFigures {
  ms: number;
  cpuMs: number;
  /** Most memory that the process had, MB. */
  rssMb: number;
}

/** A measurement that is under way. */
export interface Measured {
  /** It is a member now. */
  begin(): void;
  /** Events that are done. */
  count(events: number): void;
  fail(error: Error): void;
  /** Resolves with the figures when all are done; rejects with what failed. */
  figures(): Promise<StoreFigures>;
}

/** Measures until so many events are done. */
export function measured(events: number): Measured {
  const done = Promise.withResolvers<void>();
  let began = { at: 0, cpu: process.cpuUsage() };
  let seen = 0;
  return {
    begin() {
      began = { at: performance.now(), cpu: process.cpuUsage() };
    },
    count(more) {
      seen += more;
      if (seen === events) done.resolve();
    },
    fail: done.reject,
    async figures() {
      await done.promise;
      const { user, system } = process.cpuUsage(began.cpu);
      return {
        ms: performance.now() - began.at,
        cpuMs: (user + system) / 1000,
        rssMb: process.resourceUsage().maxRSS / 1024,
      };
    },
  };
}
