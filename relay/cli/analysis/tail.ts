import { once } from "node:events";
import { createReadableBus } from "../../bus/create.ts";
import type { StoredRecord } from "../../bus/port/bus.ts";
import { allTopics, dlqName, ENVELOPE_TYPES, topicName, type TopicNames } from "../../bus/port/topics.ts";
import { readConfig } from "../../service/settings/config.ts";
import { readSeen, type Seen, tailLine } from "../../analysis/tail-line.ts";
import { jsonObject } from "../../lib/json-object.ts";
import { JSON_OPTION, type Command, UsageError } from "../lib/command.ts";
import type { Output } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";
import { printable } from "../../lib/printable.ts";

/** Records of each partition, before now, that it begins with. */
const LAST = "10";

/** `sightline tail`: follows the bus. */
export const tail: Command = {
  usage: "sightline tail [--topic T] [--tenant T] [--type EVENT_TYPE] [--request ID] [--last 10 | --last all] [--json]",
  summary: "prints events as they arrive on the bus, dead letters among them, one a line, until Ctrl-C",
  onStack: true,
  options: {
    topic: {
      type: "string",
      value: "T",
      help: "this topic only, by its full name, its type, or as the lines show it; all are followed otherwise",
    },
    tenant: { type: "string", value: "T", help: "events of this tenant only" },
    type: { type: "string", value: "EVENT_TYPE", help: "events of this registered type only" },
    request: { type: "string", value: "ID", help: "events of this request_id only" },
    last: { type: "string", value: "N|all", default: LAST, help: "records of each partition, from before now, to begin with" },
    json: { ...JSON_OPTION, help: "each record's value as a line of JSON" },
  },
  async run({ values, env, io }) {
    const chosen = readConfig(env).bus;
    const topics = topicsNamed(chosen.topics, values["topic"] as string | undefined);
    const from = readLast(String(values["last"]));
    const bus = await createReadableBus(chosen);
    const signal = io.stopSignal();
    // A reader that waits for more does not keep a process by itself.
    const awake = setInterval(() => {}, 60_000);
    const color = io.stdout.isTTY === true && io.stdout.hasColors?.() === true;
    const absence = chosen.adapter.absence?.(chosen.place);
    if (absence !== undefined) io.stderr.write(`${absence}; waiting for it\n`);
    io.stderr.write(`following ${bus.name}; Ctrl-C ends it\n`);
    try {
      for await (const record of bus.read({ topics, from, follow: true, signal })) {
        const seen = readSeen(record);
        if (isWanted(seen, values))
          await write(
            io.stdout,
            values["json"] === true ? json(record) : tailLine(shortName(record.topic, chosen.topics), seen, color),
          );
        if (signal.aborted) break;
      }
      return 0;
    } finally {
      clearInterval(awake);
      await bus.close();
    }
  },
};

/** No faster than the output takes it. */
async function write(out: Output, line: string): Promise<void> {
  if (!out.write(line)) await once(out, "drain");
}

function isWanted(seen: Seen, { tenant, type, request }: Record<string, unknown>): boolean {
  return (
    (tenant === undefined || tenant === seen.tenant) &&
    (type === undefined || type === seen.type) &&
    (request === undefined || request === seen.request)
  );
}

function readLast(value: string): "beginning" | { last: number } {
  if (value === "all") return "beginning";
  if (/^\d{1,9}$/.test(value)) return { last: Number(value) };
  throw new UsageError(`--last: expected a number of records, or all, got ${value}`);
}

/** All topics, or the one that is named: by its full name, its type, or as the lines show it. */
function topicsNamed(names: TopicNames, named: string | undefined): string[] {
  const all = allTopics(names);
  if (named === undefined) return all;
  const topic = all.find((one) => [one, one.slice(names.prefix.length), shortName(one, names)].includes(named));
  if (topic === undefined) throw new UsageError(`--topic: expected one of ${all.join(", ")}, got ${named}`);
  return [topic];
}

/** The topic without what is the same for all: `exposure.recorded`, `exposure.recorded.dlq`. */
function shortName(topic: string, names: TopicNames): string {
  const type = ENVELOPE_TYPES.find((name) => [topicName(names, name), dlqName(names, topicName(names, name))].includes(topic));
  if (type === undefined) return topic;
  const name = type.split(".").slice(1, -1).join(".");
  return topic === topicName(names, type) ? name : dlqName(names, name);
}

/** The record's value as it is on the bus, on one line that a terminal does not obey; what is no JSON is told, with its place. */
function json({ value, topic, partition, offset }: StoredRecord): string {
  const text = value.toString();
  const isJson = jsonObject(text) !== undefined;
  // Between its tokens JSON has no other control characters than these, and within its strings none.
  if (isJson) return `${printable(text.replaceAll(/[\r\n\t]+/g, " "))}\n`;
  return jsonLine({ unreadable: { topic, partition, offset: String(offset) }, text });
}
