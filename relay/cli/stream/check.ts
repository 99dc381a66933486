import { readFileSync } from "node:fs";
import { findings, type Finding, reasonOf } from "../../bus/port/finding.ts";
import type { BusConfig } from "../../bus/settings.ts";
import { readConfig } from "../../service/settings/config.ts";
import { checkJob } from "../../stream/check/check.ts";
import { BROKER_MAX_MS } from "../../stream/check/rules.ts";
import { JOB_NAMES } from "../../stream/jobs.ts";
import { librariesAt } from "../../stream/libraries.ts";
import { kafkaOptionsOf, planOf, requireSettings } from "../../stream/plan.ts";
import { renderJob } from "../../stream/render.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import { findingLines } from "../lib/finding-lines.ts";
import { jsonLine } from "../lib/json-line.ts";
import { chosenJobs, SINKS_OPTION } from "./chosen-jobs.ts";
import { saying } from "./saying.ts";

const { warn } = findings("brokers");

/** `sightline stream check`: is a job's SQL, and the plan that Flink makes of it, one that loses and doubles nothing? */
export const check: Command = {
  usage: "sightline stream check [JOB | FILE] [--sinks A,B] [--text] [--json]",
  summary: "checks a job, or a file with your own SQL, and the plan that Flink makes of it; exit code 1 where one fails",
  onStack: true,
  options: {
    sinks: SINKS_OPTION,
    text: { type: "boolean", help: "the SQL alone, without Flink and without asking the brokers" },
    json: JSON_OPTION,
  },
  args: ["[JOB | FILE]"],
  async run({ values, args: [name = "attributed"], env, io }) {
    const { bus, stream, service } = readConfig(env);
    const sql = textOf(name, values["sinks"], () => planOf(bus, stream, service.dataDir));
    const onlyText = values["text"] === true;
    const say = saying(io, "check");
    const lib = onlyText ? undefined : await librariesAt(stream.flinkLib, say);
    const [brokerMaxMs, ...asked] = onlyText ? [BROKER_MAX_MS] : await askBrokers(bus);
    const found = [...asked, ...(await checkJob({ sql, brokerMaxMs, lib, heapMb: stream.heapMb, signal: io.stopSignal() }))];
    io.stdout.write(values["json"] === true ? jsonLine(found) : findingLines(found));
    return found.some(({ verdict }) => verdict === "fail") ? 1 : 0;
  },
};

function textOf(name: string, sinks: unknown, plan: () => ReturnType<typeof planOf>): string {
  if ((JOB_NAMES as string[]).includes(name)) {
    const [job] = chosenJobs(name, sinks);
    const made = plan();
    requireSettings(made, job!.name, job!.sinks);
    return renderJob(job!.name, job!.sinks, made);
  }
  try {
    return readFileSync(name, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UsageError(`${name}: expected one of ${JOB_NAMES.join(", ")}, or a file with SQL`);
  }
}

/** The shortest transaction.max.timeout.ms of the brokers, and what there is to know of it. */
async function askBrokers(bus: BusConfig): Promise<[number, ...Finding[]]> {
  const options = kafkaOptionsOf(bus);
  if (options === undefined) return unknown("EVENT_PUBLISHER names no Kafka");
  const { maxTransactionMs } = await import("../../bus/adapters/kafka/max-transaction.ts");
  try {
    const most = await maxTransactionMs(options);
    return most === undefined ? unknown("the brokers do not tell it to this login") : [most];
  } catch (error) {
    return unknown(reasonOf(error));
  }
}

const unknown = (why: string): [number, Finding] => [
  BROKER_MAX_MS,
  warn(`transaction.max.timeout.ms is not known, and taken as ${BROKER_MAX_MS}: ${why}`, "compare it with the sink's timeout"),
];
