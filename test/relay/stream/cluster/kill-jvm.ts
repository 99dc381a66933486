/** The JVM of `sightline stream run` is killed twice while events come, and started anew each time; then a transaction hangs. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { SHORT_RUN } from "../../../services/flink.ts";
import { end } from "../../../services/spawn-tied.ts";
import { type RunningProcess, startSightlineProcess } from "../../cli/run-process.ts";
import { hangTransaction } from "./hang-transaction.ts";
import { EXPECTED, EXPECTED_JOINED, inFiles, openStage, publishUnder, type Servers, shuffledLogs, until } from "./stage.ts";
import { row, type Row } from "./table.ts";

/** Runs it; resolves with what came of it. */
export async function killJvm(servers: Servers, say: (line: string) => void): Promise<Row[]> {
  const stage = await openStage(servers);
  const start = (): RunningProcess =>
    startSightlineProcess(["stream", "run", "attributed,figures", "--sinks", "kafka,parquet,postgres"], {
      ...stage.env,
      ...homeOf(process.env),
      STREAM_HEAP_MB: "700",
      JDK_JAVA_OPTIONS: SHORT_RUN,
    });
  /** Number of the newest checkpoint of each job. */
  const checkpoints = (): number[] =>
    ["attributed", "figures"].map((job) => {
      const all = globSync(join(stage.dataDir, "stream/checkpoints", job, "*/chk-*/_metadata"));
      return Math.max(0, ...all.map((file) => Number(/chk-(\d+)/.exec(file)?.[1])));
    });
  let command = start();
  const goesOn = (): void => {
    if (command.child.exitCode !== null) throw new Error(`expected a command that goes on, got its end:\n${command.err()}`);
  };
  try {
    const events = await shuffledLogs();
    let kills = 0;
    const kill = async (): Promise<void> => {
      const [before, had] = [checkpoints(), stage.joined.length];
      await until("more joined outcomes and checkpoints", () => {
        goesOn();
        return stage.joined.length > had && checkpoints().every((n, i) => n > before[i]! + 1);
      });
      process.kill(jvmOf(command.child.pid!), "SIGKILL");
      await command.exited;
      say(`killed the JVM with ${stage.joined.length} outcomes joined and checkpoints ${checkpoints()}`);
      kills++;
      command = start();
    };
    await publishUnder(stage, events, [0.2, 0.55], kill);
    say("all is published");
    await until("all outcomes and figures", async () => {
      goesOn();
      return stage.joined.length >= EXPECTED_JOINED && `${await stage.figures()}` === `${EXPECTED}`;
    });
    const moreCheckpoints = (): Promise<void> => {
      const before = checkpoints();
      return until("three more checkpoints", () => checkpoints().every((n, i) => n >= before[i]! + 3));
    };
    await moreCheckpoints();
    const trial = `stream run, its JVM killed ${kills} times`;
    const parquet = await inFiles(globSync(join(stage.dataDir, "stream/attributed/part-*")));
    const rows = [
      row(trial, "each killed in the middle, and gone on at a checkpoint", /goes on at/.test(command.err()) ? kills : 0, 2),
      row(trial, "Kafka, read_committed: records", stage.joined.length, EXPECTED_JOINED),
      row(trial, "Kafka, read_committed: outcomes", new Set(stage.joined.map(({ event_id }) => event_id)).size, EXPECTED_JOINED),
      row(trial, "Parquet: rows", parquet, EXPECTED_JOINED),
      row(trial, "Postgres: clicks/exposures", (await stage.figures()).join(", "), EXPECTED.join(", ")),
      ...(await hangTransaction(stage, moreCheckpoints, say)),
    ];
    command.child.kill("SIGTERM");
    return [...rows, row("stream run, SIGTERM", "exit code", String(await command.exited), "0")];
  } finally {
    await end(command.child, "SIGKILL");
    await stage.close();
  }
}

/** The one process that the command started. */
function jvmOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ")[0]);
}

/** Where the cache of Flink's jars is. */
function homeOf({ HOME, XDG_CACHE_HOME }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...(HOME === undefined ? {} : { HOME }), ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }) };
}
