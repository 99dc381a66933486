/**
 * `npm run replay -- FILE.csv`: posts a log of the Open Bandit Dataset through the running collector, as a backend does. Nothing is
 * sent before the whole file was checked. Exit codes: 0 all is on the bus, 1 some is not, 2 called wrongly or a bad file.
 */
import process from "node:process";
import { createSender, type WireEvent } from "@sightline/client/server";
import { UsageError } from "../relay/cli/lib/command.ts";
import { readArgs, type ReplayArgs, USAGE } from "./replay/args.ts";
import { findStack, NoStackError } from "./replay/find-stack.ts";
import { type LogEvents, logEvents } from "./replay/log-events.ts";
import { checkLog, type LogFile, LogError } from "./replay/log-file.ts";
import { post } from "./replay/post.ts";
import { createProgressBar } from "./replay/progress-bar.ts";
import { readBaseline, untilSettled } from "./replay/settle.ts";
import { shuffle } from "./replay/shuffle.ts";
import { type Summary, summaryText } from "./replay/summary.ts";

function say(line: string): void {
  process.stderr.write(`replay: ${line}\n`);
}

/** All events of the log, so many times one after the other. */
async function* eventsOf(log: LogFile, { eventsOf: events }: LogEvents, times: number): AsyncGenerator<WireEvent> {
  for (let nth = 0; nth < times; nth++) yield* events(log.read());
}

async function main(args: ReplayArgs): Promise<number> {
  const { file, target, rate } = args;
  const log = await checkLog(file, createProgressBar("bytes checked", process.stderr));
  const stack = target ? undefined : findStack(process.env);
  const { endpoint, key } = target ?? { endpoint: stack?.collector ?? "", key: stack?.server_key ?? "" };
  const made = logEvents(file);
  const { surface } = made;
  const times = args.twice ? 2 : 1;
  const total = (log.rows + log.clicks) * times;
  const inOrder = eventsOf(log, made, times);
  const events = args.shuffle ? shuffle(inOrder, surface) : inOrder;

  const before = stack && (await readBaseline(stack.live, surface));
  say(`${surface}: ${total} events to ${endpoint}`);
  const sender = createSender({ endpoint, key });
  const progress = createProgressBar("events", process.stderr);
  const onProgress = (done: number) => progress(done, total);
  const posted = await post({ events, total, send: (batch) => sender.send(batch), rate, onProgress });
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

for (const stream of [process.stdout, process.stderr]) {
  // Whoever read the output has gone: what was begun is finished without it.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
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
