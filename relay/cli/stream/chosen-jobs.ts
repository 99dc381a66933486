import { JOB_NAMES, type JobName, JOBS, type Sink, sinksOf } from "../../stream/jobs.ts";
import { type Option, UsageError } from "../lib/command.ts";

/** `--sinks`, the same of every command. */
export const SINKS_OPTION: Option = {
  type: "string",
  value: "A,B",
  help: "where results go: kafka, iceberg, parquet of attributed, postgres of figures, iceberg of tables; each job's first by default",
};

/** Jobs for the help, a line each. */
export const JOBS_HELP = JOB_NAMES.map((name) => `${name} (${JOBS[name].about})`).join(", ");

/** The jobs that were named, separated by commas, each with its sinks. Throws a {@link UsageError}. @default attributed */
export function chosenJobs(names: string | undefined, sinks: unknown): { name: JobName; sinks: Sink[] }[] {
  const chosen = listOf(names ?? "attributed").map(jobName);
  const wanted = typeof sinks === "string" ? listOf(sinks) : undefined;
  const jobs = chosen.map((name) => ({ name, sinks: sinksFor(name, wanted) }));
  const known = new Set<string>(chosen.flatMap(sinksOf));
  const unknown = wanted?.find((sink) => !known.has(sink));
  if (unknown !== undefined) throw new UsageError(`--sinks: expected some of ${[...known].join(", ")}, got ${unknown}`);
  return jobs;
}

function sinksFor(name: JobName, wanted: string[] | undefined): Sink[] {
  const all = sinksOf(name);
  if (wanted === undefined) return all.slice(0, 1);
  const some = all.filter((sink) => wanted.includes(sink));
  if (some.length === 0)
    throw new UsageError(`--sinks: expected some of ${all.join(", ")} for ${name}, got ${wanted.join(", ")}`);
  return some;
}

function jobName(name: string): JobName {
  const job = JOB_NAMES.find((known) => known === name);
  if (job === undefined) throw new UsageError(`no job ${name}: expected some of ${JOB_NAMES.join(", ")}`);
  return job;
}

function listOf(text: string): string[] {
  return text.split(",").map((one) => one.trim());
}
