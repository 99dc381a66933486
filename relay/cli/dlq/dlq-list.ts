import process from "node:process";
import { createBus } from "../../bus/create.ts";
import { readConfig } from "../../service/settings/config.ts";
import { isWanted, type Letter } from "../../bus/records/letter.ts";
import { dlqTopics, findSuperseded, readLetters } from "../../bus/records/read-letters.ts";
import { summarise, type SummaryRow } from "./summarise.ts";
import { columns } from "../lib/columns.ts";
import type { Command } from "../lib/command.ts";
import { letterOptions, readLetterOptions } from "./letter-options.ts";
import { printable } from "../../lib/printable.ts";
import { createProgress } from "../lib/progress.ts";
import { jsonLine } from "../lib/json-line.ts";

/** Lines that share the width of their columns. */
const PAGE = 500;

/** `sightline dlq list`: the dead letters there are. */
export const list: Command = {
  usage: "sightline dlq list [--topic T] [--error CODE] [--since 2h] [--summary] [--json]",
  summary: "shows the dead letters on the bus: how many for each topic and error, then each",
  onStack: true,
  options: { ...letterOptions, summary: { type: "boolean", help: "how many for each topic and error, and no more" } },
  async run(values, env) {
    const config = readConfig(env);
    const { topics, wanted } = readLetterOptions(values, config);
    const bus = await createBus(config);
    const progress = createProgress();
    const unreadable: string[] = [];
    const onProgress = (read: number): void => progress.show(`read ${read.toLocaleString("en-GB")} dead letters`);
    const letters = async function* () {
      for await (const letter of readLetters({ bus, topics })) if (isWanted(letter, wanted)) yield letter;
    };
    try {
      const onUnreadable = (reason: string): void => void unreadable.push(reason);
      const superseded = await findSuperseded({ bus, topics: dlqTopics(config), onProgress, onUnreadable });
      progress.clear();
      if (values["json"] !== true || values["summary"] === true) {
        const summary = await summarise(letters());
        process.stdout.write(values["json"] === true ? jsonLine(summary) : summaryText(summary));
      }
      if (values["summary"] !== true) await print(letters(), superseded, values["json"] === true);
      for (const reason of unreadable) process.stderr.write(`${printable(reason)}\n`);
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
      row.letters.toLocaleString("en-GB").padStart(7),
      ...[row.topic, row.error_code, row.first_failed_at, row.last_failed_at].map(printable),
    ]),
  ]);
}

async function print(letters: AsyncIterable<Letter>, superseded: Map<string, Letter>, json: boolean): Promise<void> {
  let page: Letter[] = [];
  let head: string[][] = [["ID", "FAILED AT", "ERROR", "TYPE", "TENANT", "EVENT"]];
  const flush = (): void => {
    const rows = page.map((letter) => {
      const { id, metadata, event_type, tenant_id, event_id } = letter;
      const again = superseded.get(id);
      const event = again === undefined ? event_id : `${event_id}  replayed, failed again: ${again.id}`;
      return [id, metadata.failed_at, metadata.error_code, event_type || "-", tenant_id || "-", event || "-"].map((cell) =>
        printable(String(cell)),
      );
    });
    if (rows.length > 0) process.stdout.write(`${head.length > 0 ? "\n" : ""}${columns([...head, ...rows])}`);
    page = [];
    head = [];
  };
  for await (const letter of letters) {
    if (json) process.stdout.write(jsonLine(asRow(letter, superseded)));
    else if (page.push(letter) === PAGE) flush();
  }
  flush();
}

function asRow(letter: Letter, superseded: Map<string, Letter>) {
  const { id, event_id, event_type, tenant_id, metadata } = letter;
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
