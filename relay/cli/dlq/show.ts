import { createReadableBus } from "../../bus/create.ts";
import { readConfig } from "../../service/settings/config.ts";
import { type DeadLetter, topicOfId } from "../../bus/records/dead-letter.ts";
import { dlqTopics, readDeadLetters } from "../../bus/records/read-dead-letters.ts";
import { JSON_OPTION, type Command, UsageError } from "../lib/command.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import { jsonLine } from "../lib/json-line.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** `sightline dlq show <id>`: one dead letter. */
export const show: Command = {
  usage: "sightline dlq show ID [--json]",
  summary: "shows a dead letter whole: why it is there, and apart from that the original",
  onStack: true,
  options: { json: JSON_OPTION },
  args: ["ID"],
  async run({ values: { json }, env, args: [id = ""], io }) {
    const chosen = readConfig(env).bus;
    const topics = dlqTopics(chosen.topics, topicOfId(id));
    if (topicOfId(id) === undefined || topics.length === 0) {
      throw new UsageError(`expected an id such as ${dlqTopics(chosen.topics)[0]}/0/1, got ${id}; sightline dlq list shows them`);
    }
    const bus = await createReadableBus(chosen);
    const progress = createProgressLine(io.stderr);
    const onProgress = (read: number): void => progress.show(`read ${formatNumber(read)} dead letters`);
    try {
      for await (const deadLetter of readDeadLetters({ bus, topics, onProgress })) {
        if (deadLetter.id !== id) continue;
        progress.clear();
        io.stdout.write(json === true ? jsonLine(asJson(deadLetter)) : asText(deadLetter));
        return 0;
      }
    } finally {
      await bus.close();
    }
    progress.clear();
    throw new Error(`no dead letter ${id} is on the bus: its topic may have dropped it by age`);
  },
};

function asJson({ id, key, headers, metadata, original }: DeadLetter) {
  return { id, key, headers, metadata, original };
}

function asText({ id, key, headers, metadata, original }: DeadLetter): string {
  const parts = [
    `${id}\n`,
    "\nwhy\n",
    pretty(metadata),
    "\nrecord\n",
    pretty({ key, headers }),
    "\noriginal\n",
    prettyText(original),
  ];
  return parts.join("");
}

/** Indented JSON; anything else line by line as it is. */
function prettyText(text: string): string {
  try {
    return pretty(JSON.parse(text));
  } catch {
    return lines(text);
  }
}

function pretty(value: unknown): string {
  return lines(JSON.stringify(value, null, 2));
}

function lines(text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${printable(line)}\n`)
    .join("");
}
