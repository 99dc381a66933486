import { parseArgs } from "node:util";
import { UsageError } from "../../relay/cli/lib/command.ts";

/** How to call it. */
export const USAGE = `npm run replay -- FILE.csv [--twice] [--shuffle] [--rate N] [--endpoint URL --key KEY] [--json]

  Posts a log of the Open Bandit Dataset through the collector, as a backend does. The file may be of any size; it is read twice: all
  of it is checked before anything is sent. Columns are found by name, others are ignored.

  --twice      each event twice
  --shuffle    in another order, the same at each run, within each 50,000 events
  --rate N     N events a second at most
  --endpoint   a collector's address, and
  --key        its server key; without them: the stack that npm start runs
  --json       the summary as JSON, on stdout
`;

/** What was asked for. */
export interface ReplayArgs {
  file: string;
  twice: boolean;
  shuffle: boolean;
  /** Events a second at most; undefined: as fast as they are taken. */
  rate: number | undefined;
  /** The collector; undefined: that of the running stack. */
  target: { endpoint: string; key: string } | undefined;
  json: boolean;
}

/** Reads the arguments; undefined where help was asked for. Throws a {@link UsageError}. */
export function readArgs(args: string[]): ReplayArgs | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new UsageError(`expected one FILE.csv, got ${positionals.length}`);
  const { endpoint, key } = values;
  if ((endpoint === undefined) !== (key === undefined)) throw new UsageError("--endpoint and --key go together");
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint)) {
    throw new UsageError(`--endpoint: expected an http(s) address, got ${JSON.stringify(endpoint)}`);
  }
  return {
    file,
    twice: values.twice ?? false,
    shuffle: values.shuffle ?? false,
    rate: readRate(values.rate),
    target: endpoint === undefined || key === undefined ? undefined : { endpoint, key },
    json: values.json ?? false,
  };
}

function readRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const rate = Number(text);
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new UsageError(`--rate: expected events a second, above 0, got ${JSON.stringify(text)}`);
  }
  return rate;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        twice: { type: "boolean" },
        shuffle: { type: "boolean" },
        rate: { type: "string" },
        endpoint: { type: "string" },
        key: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
