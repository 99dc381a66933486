/** The stream jobs: which files of stream/sql each is made of, and where its results can go. */

/** A kind of place that results go to. */
export type Sink = "kafka" | "iceberg" | "parquet" | "postgres";

/** A job: what it reads, its views, and a file for each sink. */
interface Job {
  /** One line for the help. */
  about: string;
  /** Files before those of the sinks, in order. */
  files: readonly string[];
  sinks: Partial<Record<Sink, string | readonly string[]>>;
}

/** Each is a job of its own, so that one can be changed and begun anew without the others. */
export const JOBS = {
  attributed: {
    about: "outcomes with the exposure that they join",
    files: ["sources.sql", "attributed.sql"],
    sinks: { kafka: "attributed-to-kafka.sql", iceberg: "attributed-to-iceberg.sql", parquet: "attributed-to-parquet.sql" },
  },
  figures: {
    about: "CTR by position and variant, and the join rate, by day",
    files: ["sources.sql", "figures.sql"],
    sinks: { postgres: "figures-to-postgres.sql" },
  },
  tables: {
    about: "every event as it came",
    files: ["sources.sql"],
    sinks: { iceberg: ["iceberg-tables.sql", "tables.sql"] },
  },
} as const satisfies Record<string, Job>;

/** Name of a job. */
export type JobName = keyof typeof JOBS;

/** All of them. */
export const JOB_NAMES = Object.keys(JOBS) as JobName[];

/** Sinks that a job can have, the one that it has by default first. */
export function sinksOf(name: JobName): Sink[] {
  return Object.keys(JOBS[name].sinks) as Sink[];
}

/** The files of a job with these sinks, in order. @param isRest whether the Iceberg catalog is one with a REST interface */
export function filesOf(name: JobName, sinks: readonly Sink[], isRest: boolean): string[] {
  const { files, sinks: known }: Job = JOBS[name];
  const catalog = sinks.includes("iceberg") ? [catalogFile(isRest)] : [];
  return ["settings.sql", ...files, ...catalog, ...sinks.flatMap((sink) => known[sink] ?? [])];
}

/** The files that bring an archive into Iceberg tables, in order. */
export function importFiles(isRest: boolean): string[] {
  return ["settings.sql", catalogFile(isRest), "iceberg-tables.sql", "archive.sql"];
}

function catalogFile(isRest: boolean): string {
  return isRest ? "iceberg-rest.sql" : "iceberg.sql";
}
