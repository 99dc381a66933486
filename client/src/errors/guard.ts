import type { Report } from "./errors.ts";

/** Makes a function that reports what the given one throws, and returns `otherwise` then. */
export interface Guard {
  <Args extends unknown[]>(act: (...args: Args) => void): (...args: Args) => void;
  <Args extends unknown[], T>(act: (...args: Args) => T, otherwise: T): (...args: Args) => T;
}

/** The guard of every public method: the SDK never throws into its host page. */
export function createGuard(report: Report): Guard {
  return <Args extends unknown[], T>(act: (...args: Args) => T, otherwise?: T) =>
    (...args: Args): T => {
      try {
        return act(...args);
      } catch (error) {
        report("wrong_call", String(error), error);
        return otherwise as T;
      }
    };
}
