import { createReadableBus } from "../../bus/create.ts";
import { readConfig } from "../../service/settings/config.ts";
import { isWanted, type DeadLetter } from "../../bus/records/dead-letter.ts";
import { dlqTopics, findSuperseded, readDeadLetters } from "../../bus/records/read-dead-letters.ts";
import { summarise, type SummaryRow } from "./summarise.ts";
import { columns } from "../lib/columns.ts";
import type { Command } from "../lib/command.ts";
import { filterOptions, readFilterOptions } from "./filter-options.ts";
import { printable } from "../../lib/printable.ts";
import { createProgressLine } from "../../lib/progress-line.ts";
import type { Output } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";
import { formatNumber } from "../../lib/format-number.ts";

/** Lines that share the width of their columns. */
const PAGE = 500;

/** `sightline dlq list`: the dead letters there are. */
export const list: Command = {
  usage: "sightline dlq list [--topic T] [--error CODE] [--since 2h] [--summary] [--json]",
  summary: "shows the dead letters on the bus: how many for each topic and error, then each",
  onStack: true,
  options: { ...filterOptions, summary: { type: "boolean", help: "how many for each topic and error, and no more" } },
  async run({ values, env, io }) {
    const chosen = readConfig(env).bus;
    const { topics, wanted } = readFilterOptions(values, chosen.topics);
    const bus = await createReadableBus(chosen);
    const progress = createProgressLine(io.stderr);
    const unreadable: string[] = [];
    const onProgress = (read: number): void => progress.show(`read ${formatNumber(read)} dead letters`);
    const deadLetters = async function* () {
      for await (const deadLetter of readDeadLetters({ bus, topics })) if (isWanted(deadLetter, wanted)) yield deadLetter;
    };
    try {
      const onUnreadable = (reason: string): void => void unreadable.push(reason);
      const superseded = await findSuperseded({ bus, topics: dlqTopics(chosen.topics), onProgress, onUnreadable });
      progress.clear();
      if (values["json"] !== true || values["summary"] === true) {
        const summary = await summarise(deadLetters());
        io.stdout.write(values["json"] === true ? jsonLine(summary) : summaryText(summary));
      }
      if (values["summary"] !== true) await print(deadLetters(), superseded, io.stdout, values["json"] === true);
      for (const reason of unreadable) io.stderr.write(`${printable(reason)}\n`);
      return unreadable.length === 0 ? 0 : 1;
    } finally {
      await bus.close();
    }
  },
};

function summaryText(rows: SummaryRow[]): string {
  if (rows.length === 0) return "no dead letters\n";
  const head = ["LETTERS", "TOPIC", "ERROR", "FIRST FAILED", "LAST FAILED"];
  return columns([
    head,
    ...rows.map((row) => [
      formatNumber(row.letters).padStart(7),
      ...[row.topic, row.error_code, row.first_failed_at, row.last_failed_at].map(printable),
    ]),
  ]);
}

async function print(
  deadLetters: AsyncIterable<DeadLetter>,
  superseded: Map<string, DeadLetter>,
  out: Output,
  json: boolean,
): Promise<void> {
  let page: DeadLetter[] = [];
  let head: string[][] = [["ID", "FAILED AT", "ERROR", "TYPE", "TENANT", "EVENT"]];
  const flush = (): void => {
    const rows = page.map((deadLetter) => {
      const { id, metadata, event_type, tenant_id, event_id } = deadLetter;
      const again = superseded.get(id);
      const event = again === undefined ? event_id : `${event_id}  replayed, failed again: ${again.id}`;
      return [id, metadata.failed_at, metadata.error_code, event_type || "-", tenant_id || "-", event || "-"].map((cell) =>
        printable(String(cell)),
      );
    });
    if (rows.length > 0) out.write(`${head.length > 0 ? "\n" : ""}${columns([...head, ...rows])}`);
    page = [];
    head = [];
  };
  for await (const deadLetter of deadLetters) {
    if (json) out.write(jsonLine(asRow(deadLetter, superseded)));
    else if (page.push(deadLetter) === PAGE) flush();
  }
  flush();
}

function asRow(deadLetter: DeadLetter, superseded: Map<string, DeadLetter>) {
  const { id, event_id, event_type, tenant_id, metadata } = deadLetter;
  const { original_channel, error_type, error_code, error_message, failed_at } = metadata;
  const superseded_by = superseded.get(id)?.id ?? null;
  return {
    id,
    event_id,
    event_type,
    tenant_id,
    original_channel,
    error_type,
    error_code,
    error_message,
    failed_at,
    superseded_by,
  };
}
