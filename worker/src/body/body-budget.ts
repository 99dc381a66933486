/**
 * Bounds the memory that unfinished bodies hold, so that many slow uploads do not fill an isolate. Bodies of over 64 KiB share half of it:
 * whoever uploads large ones slowly does not keep the small ones of pages out.
 */
import { RequestError } from "../errors/errors.ts";

const LARGE_BYTES = 65_536;

/** The part of the budget that one body has. */
export interface BodyHold {
  /** Takes that many bytes more. Throws `bodies_pending` where they are not there. */
  add(bytes: number): void;
  /** Gives all of it back. */
  release(): void;
}

/** What all bodies of an isolate share. */
export interface BodyBudget {
  open(): BodyHold;
}

/** Makes the budget of an isolate, in bytes. */
export function createBodyBudget(mostBytes: number): BodyBudget {
  let all = 0;
  let large = 0;
  return {
    open() {
      let own = 0;
      const largeBytes = (): number => (own > LARGE_BYTES ? own : 0);
      const change = (bytes: number): void => {
        large -= largeBytes();
        own += bytes;
        all += bytes;
        large += largeBytes();
      };
      return {
        add(bytes) {
          change(bytes);
          if (all > mostBytes || (own > LARGE_BYTES && large > mostBytes / 2)) {
            throw new RequestError("bodies_pending", { details: { limit_bytes: mostBytes } });
          }
        },
        release: () => change(-own),
      };
    },
  };
}
