import { attempt } from "../lib/attempt.ts";

/** Tells the other tabs of this origin what the user chose. */
export interface ConsentChannel {
  /** Begins to listen, where the browser has BroadcastChannel. */
  open(): void;
  /** Listens no longer: an open channel may cost a page its place in the back/forward cache. */
  close(): void;
  tell(state: string): void;
}

/**
 * A channel under a name. Not localStorage, which may be full or blocked where a denial has to get through, and which would have to store
 * it.
 */
export function createConsentChannel<State extends string>(name: string, onTold: (state: State) => void): ConsentChannel {
  let channel: BroadcastChannel | undefined;
  return {
    open() {
      channel = attempt(() => new BroadcastChannel(name));
      channel?.addEventListener("message", ({ data }) => onTold(data as State));
    },
    close: () => channel?.close(),
    // A page that is going has closed it.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin
    tell: (state) => void attempt(() => channel?.postMessage(state)),
  };
}
