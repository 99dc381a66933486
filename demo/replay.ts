/**
 * `npm run replay -- FILE.csv`: posts a log of the Open Bandit Dataset through the running collector, as a backend does. Nothing is
 * sent before the whole file was checked. Exit codes: 0 all is on the bus, 1 some is not, 2 called wrongly or a bad file.
 */
import process from "node:process";
import { createSender } from "@sightline/client/server";
import { readArgs, type ReplayArgs, USAGE, UsageError } from "./replay/args.ts";
import { findStack, NoStackError } from "./replay/find-stack.ts";
import { logEvents } from "./replay/log-events.ts";
import { LogError, readLog } from "./replay/log-file.ts";
import { post } from "./replay/post.ts";
import { createProgress } from "./replay/progress.ts";
import { readBaseline, untilSettled } from "./replay/settle.ts";
import { shuffle } from "./replay/shuffle.ts";
import { type Summary, summaryText } from "./replay/summary.ts";

function say(line: string): void {
  process.stderr.write(`replay: ${line}\n`);
}

async function main(args: ReplayArgs): Promise<number> {
  const { file, twice, target, rate } = args;
  const { surface, events } = logEvents(file, await readLog(file));
  const stack = target ? undefined : findStack(process.env);
  const { endpoint, key } = target ?? { endpoint: stack?.collector ?? "", key: stack?.server_key ?? "" };
  const copies = twice ? [...events, ...events] : events;
  const ordered = args.shuffle ? shuffle(copies, surface) : copies;

  const before = stack && (await readBaseline(stack.live, surface));
  say(`${surface}: ${ordered.length} events to ${endpoint}`);
  const sender = createSender({ endpoint, key });
  const progress = createProgress(ordered.length, process.stderr);
  const posted = await post({ events: ordered, send: (batch) => sender.send(batch), rate, onProgress: progress });
  const summary: Summary = { surface, ...posted, rate: Math.round(posted.sent / posted.seconds), bus: null };
  if (stack && before) {
    say("waiting until the relay has settled them");
    const taken = posted.accepted + posted.duplicates;
    summary.bus = (await untilSettled({ live: stack.live, surface, before, taken })) ?? null;
    if (!summary.bus) say("the relay has not settled them within a minute of standing still; the queue keeps them");
  }
  process.stdout.write(`${args.json ? JSON.stringify(summary) : summaryText(summary)}\n`);
  const settled = !stack || summary.bus?.dead_lettered === 0;
  return Object.keys(posted.rejected).length === 0 && settled ? 0 : 1;
}

try {
  const args = readArgs(process.argv.slice(2));
  if (!args) process.stdout.write(USAGE);
  process.exitCode = args ? await main(args) : 0;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) process.stderr.write(`\n${USAGE}`);
  const wrongly = error instanceof UsageError || error instanceof LogError || error instanceof NoStackError;
  process.exitCode = wrongly ? 2 : 1;
}
