import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { unstable_readConfig as readConfig } from "wrangler";

/** The file that deploys the collector. */
export const WRANGLER = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));

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
}

/** A Worker as workerd takes it. */
export interface WorkerSource {
  code: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
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

/** A Worker of another size of batch. */
export function sized(worker: string, events: number): Contender {
  return { name: `${worker}-${events}`, what: `${worker} with ${events} events a request`, worker, events, gzip: false };
}

/** Bundles a Worker as it is deployed: by the settings of wrangler.toml, minified unless its functions are to keep their names. */
export async function bundleWorker(worker: string, minify = true): Promise<WorkerSource> {
  const { alias = {}, compatibility_date = "", compatibility_flags } = readConfig({ config: WRANGLER });
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`workers/${worker}.ts`, import.meta.url))],
    absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
    bundle: true,
    minify,
    write: false,
    alias,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*", "cloudflare:*"],
    logLevel: "error",
  });
  return {
    code: outputFiles[0]?.text ?? "",
    compatibilityDate: compatibility_date,
    compatibilityFlags: compatibility_flags,
  };
}
