/** What a page of a visit tells of itself. */
import type { DebugNote } from "@sightline/client";

/** Name of the function in the page that takes what it tells: a {@link Told} as JSON. */
export const TELL = "tellBench";

/** Name of the parameter by which a request says who made it: `<visit>,<page>,<state>`, a state of seen or leaving. */
export const FROM = "from";

/** Something that a page tells, at a time in milliseconds since 1970. */
export type Told = { page: string; at: number } & (
  | { kind: "opened"; path: string }
  /** It is back from the back/forward cache. */
  | { kind: "restored" }
  /** Told of, not by, a page: why the back/forward cache did not have it. */
  | { kind: "kept-out"; why: string }
  /** The SDK has an event in its queue; `at` is the event's timestamp. */
  | { kind: "recorded"; id: string; type: string }
);

/** What the spy needs. */
export interface SpyOptions {
  visit: string;
  tell: typeof TELL;
  from: typeof FROM;
}

/** Runs in the page, before its own code, and so has everything within it: tells of the page and its events, and marks its requests to the collector. */
export function spyOnPage({ visit, tell, from }: SpyOptions): void {
  const page = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(36);
  const { fetch } = globalThis;
  const sendBeacon = navigator.sendBeacon.bind(navigator);
  const say = (told: object): void => {
    const text = JSON.stringify({ page, at: Date.now(), ...told });
    (globalThis as unknown as Record<string, (text: string) => void>)[tell]?.(text);
  };
  let isAway = false;
  const marked = (url: string): string =>
    url.includes("/v1/events?") ? `${url}&${from}=${visit},${page},${isAway || document.hidden ? "leaving" : "seen"}` : url;
  globalThis.fetch = (to, init) => fetch(typeof to === "string" ? marked(to) : to, init);
  navigator.sendBeacon = (to, body) => sendBeacon(marked(String(to)), body);

  say({ kind: "opened", path: location.pathname });
  addEventListener("pageshow", ({ persisted }) => {
    isAway = false;
    if (persisted) say({ kind: "restored" });
  });
  addEventListener("pagehide", () => {
    isAway = true;
  });
  addEventListener("shop:note", (noted) => {
    const note = (noted as CustomEvent<DebugNote>).detail;
    if (!("event" in note)) return;
    const { event_id: id, event_type: type, timestamp = "" } = note.event;
    say({ kind: "recorded", id, type, at: Date.parse(timestamp) });
  });
}
