import { readConfig } from "../../service/settings/config.ts";
import { planOf } from "../../stream/plan.ts";
import { runStream } from "../../stream/run.ts";
import type { Command } from "../lib/command.ts";
import { chosenJobs, JOBS_HELP, SINKS_OPTION } from "./chosen-jobs.ts";
import { saying } from "./saying.ts";

/** `sightline stream run`: jobs in a JVM on this machine. */
export const run: Command = {
  usage: "sightline stream run [JOB,…] [--sinks A,B] [--once] [--fresh]",
  summary: `runs jobs in a JVM on this machine, until SIGTERM, and goes on at their last checkpoint: ${JOBS_HELP}`,
  onStack: true,
  options: {
    sinks: SINKS_OPTION,
    once: { type: "boolean", help: "end when all that is in the topics is read" },
    fresh: { type: "boolean", help: "begin at the beginning of the topics, whatever checkpoints there are" },
  },
  args: ["[JOB,…]"],
  async run({ values, args: [names], env, io }) {
    const jobs = chosenJobs(names, values["sinks"]);
    const { bus, stream, service } = readConfig(env);
    const plan = { ...planOf(bus, stream, service.dataDir), isOnce: values["once"] === true };
    const isFresh = values["fresh"] === true;
    const say = saying(io, "run");
    return runStream({ jobs, plan, bus, options: stream, isFresh, signal: io.stopSignal(), say });
  },
};
