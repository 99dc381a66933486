import { BODIES } from "./bodies.ts";
import { PLAIN, PLAIN_BYTES, PLAIN_EVENTS, plainBody } from "./body-parts.ts";
import { bundleWorker } from "../../worker/scripts/bundle-worker.ts";
import type { WorkerSource } from "../../test/services/workerd.ts";

/** A Worker that is measured, and what it is given. */
export interface Contender {
  name: string;
  /** What it is, for the report. */
  what: string;
  /** File in workers/, without its ending. */
  worker: string;
  /** Events a request. */
  events: number;
  /** The body is gzipped, and the request says so. */
  gzip: boolean;
  /** Bundles it, where that is not from this version's sources. */
  bundle?: (worker: string) => Promise<WorkerSource>;
  /** Makes a body, in the place of the shop's batches. */
  body?: () => string;
  /** The body's media type. @default text/plain */
  type?: string | undefined;
}

/** Events in the batch that everything is compared by. */
export const EVENTS = 20;

const plain = { events: EVENTS, gzip: false };

/** Compared with each other, all by the same batch. */
export const CONTENDERS: readonly Contender[] = [
  { name: "empty", what: "answers 204, and does not read the body", worker: "empty", ...plain },
  { name: "floor", what: "reads the body, parses it, answers 204", worker: "floor", ...plain },
  { name: "hono", what: "the floor, under hono", worker: "hono", ...plain },
  { name: "handler", what: "the collector; its bindings answer at once, in the same process", worker: "handler", ...plain },
  { name: "handler-gzip", what: "the same, of a gzipped body", worker: "handler", events: EVENTS, gzip: true },
];

/** How the collector grows with the batch, and the floor beside it. */
export const SIZES: readonly Contender[] = [
  ...[1, 5, 10, 20, 50, 100, 500].map((events) => sized("handler", events)),
  sized("floor", EVENTS),
  sized("floor", 500),
  sized("empty", EVENTS),
];

/** The collector with the bodies that are meant to cost much, and the plain one. */
export const HOSTILE: readonly Contender[] = [
  {
    ...sized("handler", 500),
    name: PLAIN,
    what: `valid: 500 decisions as the SDK writes them for the demo shop, ${PLAIN_BYTES} bytes`,
    body: () => plainBody(PLAIN_BYTES),
  },
  { ...sized("handler", 500), name: PLAIN_EVENTS, what: "valid: 500 of the demo shop's events, as the SDK writes them" },
  ...BODIES.map(({ name, what, make, type }) => ({ ...sized("handler", 500), name, what, body: make, type })),
];

/** A Worker of another size of batch. */
export function sized(worker: string, events: number): Contender {
  return { name: `${worker}-${events}`, what: `${worker} with ${events} events a request`, worker, events, gzip: false };
}

/** The Worker of a contender; minified unless its functions are to keep their names. */
export function bundleContender(worker: string, minify = true): Promise<WorkerSource> {
  return bundleWorker(new URL(`workers/${worker}.ts`, import.meta.url), { minify });
}

/** Of a name, as it was. */
export const asBefore = (name: string): string => `${name}, before`;

/** The collector of another version, with the bodies of these contenders. */
export function before(contenders: readonly Contender[], bundle: NonNullable<Contender["bundle"]>): Contender[] {
  return contenders.filter(({ worker }) => worker === "handler").map((one) => ({ ...one, name: asBefore(one.name), bundle }));
}
