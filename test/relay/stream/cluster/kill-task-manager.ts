/** A TaskManager of a cluster is killed while events come: both jobs come back from their checkpoints, and nothing is lost or doubled. */
import { globSync } from "node:fs";
import { join } from "node:path";
import { renderJob } from "../../../../relay/stream/render.ts";
import { runSql } from "../../../../relay/stream/runner.ts";
import { end } from "../../../services/spawn-tied.ts";
import {
  EXPECTED,
  EXPECTED_JOINED,
  icebergFiles,
  inFiles,
  openStage,
  publishUnder,
  type Servers,
  shuffledLogs,
  until,
} from "./stage.ts";
import { startCluster } from "./standalone.ts";
import { row, type Row } from "./table.ts";

/** Runs it; resolves with what came of it. */
export async function killTaskManager(servers: Servers, lib: string, say: (line: string) => void): Promise<Row[]> {
  const stage = await openStage(servers);
  const cluster = await startCluster(lib);
  const stop = new AbortController();
  const { rest } = cluster;
  try {
    const [first] = [await cluster.addTaskManager(), await cluster.addTaskManager()];
    const scripts = [
      renderJob("attributed", ["kafka", "iceberg", "parquet"], stage.plan),
      renderJob("figures", ["postgres"], stage.plan),
    ];
    const submitted = runSql({
      lib,
      scripts: scripts.map((sql) => cluster.settings + sql),
      heapMb: 512,
      env: {},
      signal: stop.signal,
      said: say,
    });
    void submitted.catch((error: Error) => say(error.message));
    await until("two jobs", async () => (await rest.jobs()).length === 2);
    const jobs = await rest.jobs();
    const each = <T>(ask: (job: string) => Promise<T>): Promise<T[]> => Promise.all(jobs.map(ask));
    const completed = () => each(async (job) => (await rest.checkpoints(job)).counts.completed);
    const events = await shuffledLogs();
    const kill = async (): Promise<void> => {
      await until(
        "joined outcomes and checkpoints",
        async () => stage.joined.length > 0 && (await completed()).every((n) => n > 2),
      );
      await end(first, "SIGKILL");
      say(`killed a TaskManager with ${stage.joined.length} outcomes joined`);
      await until("a job that is back", async () =>
        (await each(async (job) => (await rest.checkpoints(job)).counts.restored)).every((n) => n > 0),
      );
      say("both jobs are back on the other one");
      await cluster.addTaskManager();
    };
    await publishUnder(stage, events, [0.3], kill);
    say("all is published");
    await until(
      "all outcomes and figures",
      async () => stage.joined.length >= EXPECTED_JOINED && `${await stage.figures()}` === `${EXPECTED}`,
    );
    // What would come twice comes with the next checkpoints.
    const before = await completed();
    await until("three more checkpoints", async () => (await completed()).every((n, i) => n >= before[i]! + 3));
    const parquet = await inFiles(globSync(join(stage.dataDir, "stream/attributed/part-*")));
    const iceberg = await inFiles(await icebergFiles(join(stage.dataDir, "stream/warehouse/sightline/attributed")));
    const trial = "a TaskManager of two killed";
    return [
      row(trial, "Kafka, read_committed: records", stage.joined.length, EXPECTED_JOINED),
      row(trial, "Kafka, read_committed: outcomes", new Set(stage.joined.map(({ event_id }) => event_id)).size, EXPECTED_JOINED),
      row(trial, "Iceberg: rows", iceberg, EXPECTED_JOINED),
      row(trial, "Parquet: rows", parquet, EXPECTED_JOINED),
      row(trial, "Postgres: clicks/exposures", (await stage.figures()).join(", "), EXPECTED.join(", ")),
    ];
  } finally {
    stop.abort();
    await cluster.stop();
    await stage.close();
  }
}
