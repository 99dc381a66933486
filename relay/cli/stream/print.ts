import { readConfig } from "../../service/settings/config.ts";
import { FLINK_VERSION } from "../../stream/libraries.ts";
import { planOf, requireSettings } from "../../stream/plan.ts";
import { renderJob, sqlFile } from "../../stream/render.ts";
import { type Command, UsageError } from "../lib/command.ts";
import { chosenJobs, JOBS_HELP, SINKS_OPTION } from "./chosen-jobs.ts";

/** `sightline stream print`: the SQL of a job, for a cluster. */
export const print: Command = {
  usage: "sightline stream print [JOB] [--sinks A,B] [--once] [--tables]",
  summary: `prints a job's SQL for a cluster, with your names and without passwords: ${JOBS_HELP}`,
  options: {
    sinks: SINKS_OPTION,
    once: { type: "boolean", help: "a job that ends when all that is in the topics is read" },
    tables: { type: "boolean", help: "the SQL that makes the tables of figures in Postgres, for psql, instead" },
  },
  args: ["[JOB]"],
  async run({ values, args: [names], env, io }) {
    if (values["tables"] === true) {
      io.stdout.write(sqlFile("postgres.sql"));
      return 0;
    }
    const [job, ...more] = chosenJobs(names, values["sinks"]);
    if (job === undefined || more.length > 0) throw new UsageError("expected one job: each is started by itself");
    const { bus, stream, service } = readConfig(env);
    const plan = { ...planOf(bus, stream, service.dataDir), isOnce: values["once"] === true };
    requireSettings(plan, job.name, job.sinks);
    io.stdout.write(
      `-- sightline stream print ${job.name}, for Flink ${FLINK_VERSION}: sql-client.sh -f FILE. See docs/stream.md.\n\n`,
    );
    io.stdout.write(renderJob(job.name, job.sinks, plan));
    return 0;
  },
};
