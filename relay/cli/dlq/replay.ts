import type { Reader } from "../../bus/port/bus.ts";
import { createReadableBus } from "../../bus/create.ts";
import { ConfigError } from "../../lib/settings.ts";
import { type Config, readConfig } from "../../service/settings/config.ts";
import { isWanted, type DeadLetter, topicOfId, type Wanted } from "../../bus/records/dead-letter.ts";
import { dlqTopics, findSuperseded, readDeadLetters } from "../../bus/records/read-dead-letters.ts";
import { createRelayClient } from "./relay-client.ts";
import { replayDeadLetters } from "./replay-dead-letters.ts";
import { summarise } from "./summarise.ts";
import { relayUrl } from "../../service/settings/relay-url.ts";
import { columns } from "../lib/columns.ts";
import { type Command, UsageError } from "../lib/command.ts";
import type { Io } from "../lib/io.ts";
import { type ReplayReport, replayText } from "./replay-text.ts";
import { filterOptions, readFilterOptions } from "./filter-options.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine, type ProgressLine } from "../../lib/progress-line.ts";
import { jsonLine } from "../lib/json-line.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** `sightline dlq replay`: brings dead letters back, through the running relay. */
export const replay: Command = {
  usage: "sightline dlq replay [ID] [--topic T] [--error CODE] [--since 2h] [--dry-run] [--json]",
  summary: "brings dead letters back to the bus through the running relay, which drops what got there already",
  onStack: true,
  finishes: true,
  options: { ...filterOptions, "dry-run": { type: "boolean", help: "say how many would be replayed, and replay none" } },
  args: ["[ID]"],
  async run({ values, env, args: [id], io }) {
    const config = readConfig(env);
    const { topics, wanted } = meant(values, config, id);
    const bus = await createReadableBus(config.bus);
    const json = values["json"] === true;
    try {
      const run = prepare({ bus, config, topics, wanted, io });
      return values["dry-run"] === true ? await dryRun(run, json) : await replayAll(run, config, json);
    } finally {
      await bus.close();
    }
  },
};

function meant(values: Record<string, unknown>, config: Config, id: string | undefined): { topics: string[]; wanted: Wanted } {
  const { topics, wanted } = readFilterOptions(values, config.bus.topics);
  if (id === undefined) return { topics, wanted };
  const topic = topicOfId(id);
  if (topic === undefined || !topics.includes(topic)) {
    throw new UsageError(`expected an id such as ${topics[0]}/0/1, got ${id}; sightline dlq list shows them`);
  }
  return { topics: [topic], wanted: { ...wanted, id } };
}

interface RunOptions {
  bus: Reader;
  config: Config;
  topics: string[];
  wanted: Wanted;
  io: Io;
}

/** What both kinds of run begin with. */
interface Run {
  io: Io;
  progress: ProgressLine;
  superseded(): Promise<Map<string, DeadLetter>>;
  /** The dead letters that are meant. Passed over are those of another relay's slot, and those for which a newer dead letter stands. */
  deadLetters(superseded: Map<string, DeadLetter>): AsyncIterable<DeadLetter>;
}

function prepare({ bus, config, topics, wanted, io }: RunOptions): Run {
  const progress = createProgressLine(io.stderr);
  return {
    io,
    progress,
    superseded: () =>
      findSuperseded({
        bus,
        topics: dlqTopics(config.bus.topics),
        onProgress: (read) => progress.show(`read ${formatNumber(read)} dead letters`),
      }),
    async *deadLetters(superseded) {
      for await (const deadLetter of readDeadLetters({ bus, topics })) {
        if (isWanted(deadLetter, wanted) && isOfSlot(deadLetter, config.service.slot) && !superseded.has(deadLetter.id))
          yield deadLetter;
      }
    },
  };
}

/** Only the relay that wrote a dead letter remembers what else it published under the event's id. */
function isOfSlot({ metadata }: DeadLetter, slot: string): boolean {
  const wroteBy = metadata.details?.["relay_slot"];
  return wroteBy === undefined || String(wroteBy) === slot;
}

async function dryRun({ io, progress, superseded, deadLetters }: Run, json: boolean): Promise<number> {
  const rows = await summarise(deadLetters(await superseded()));
  progress.clear();
  if (json) io.stdout.write(jsonLine(rows));
  else {
    const cells = rows.map((row) => [formatNumber(row.letters).padStart(7), printable(row.topic), printable(row.error_code)]);
    io.stdout.write(rows.length === 0 ? "no dead letters to replay\n" : columns([["LETTERS", "TOPIC", "ERROR"], ...cells]));
  }
  return 0;
}

async function replayAll({ io, progress, superseded, deadLetters }: Run, config: Config, json: boolean): Promise<number> {
  const { token } = config.service;
  if (token === undefined) throw new ConfigError(["RELAY_TOKEN: expected that of the running relay"]);
  const deliver = createRelayClient({ url: relayUrl(config.service), token });
  const before = await superseded();
  const total = (await summarise(deadLetters(before))).reduce((sum, row) => sum + row.letters, 0);
  const { settled, stopped } = await replayDeadLetters({
    deadLetters: deadLetters(before),
    deliver,
    onProgress: (n) => progress.show(`replayed ${formatNumber(n)} of ${formatNumber(total)}`),
    onWait: (reason, seconds) => {
      progress.clear();
      io.stderr.write(`waiting ${Math.ceil(seconds)} s: ${printable(reason)}\n`);
    },
  });
  const after = settled.length > 0 ? await superseded() : before;
  const again = settled.flatMap((id) => {
    const deadLetter = after.get(id);
    return deadLetter === undefined ? [] : [{ id, as: deadLetter.id, error_code: deadLetter.metadata.error_code }];
  });
  progress.clear();
  const all = Math.max(total, settled.length);
  const report: ReplayReport = {
    letters: all,
    on_bus: settled.length - again.length,
    dead_lettered_again: again,
    not_taken: all - settled.length,
    stopped: stopped ?? null,
  };
  io.stdout.write(json ? jsonLine(report) : replayText(report));
  return again.length === 0 && stopped === undefined ? 0 : 1;
}
