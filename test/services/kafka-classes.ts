/** The classes of Kafka as a JVM has them when it has loaded them, once a version and a Java: a broker starts with a third less CPU (JEP 350). */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { LOGGING } from "./kafka-properties.ts";
import { say } from "./machine.ts";
import { spawnTied } from "./spawn-tied.ts";

const run = promisify(execFile);

/** What each JVM of Kafka is told. An archive holds for the collector of garbage that it was made with. */
export const JVM = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"];

/** Arguments by which a JVM takes the classes from the archive, if there is one. One of another Java is passed over by the JVM. */
export function sharedClasses(jars: string): string[] {
  const archive = `${jars}.jsa`;
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`] : [];
}

/** Makes the archive where it is missing: it is written when a server ends that has begun. Without it everything works, and takes longer. */
export async function archiveClasses(jars: string): Promise<void> {
  if (existsSync(`${jars}.jsa`)) return;
  const folder = await mkdtemp(join(tmpdir(), "sightline-kafka-classes-"));
  try {
    say("keeping the classes of Kafka for faster starts");
    const file = join(folder, "server.properties");
    await writeFile(file, properties(folder, await freePort(), await freePort()));
    await writeFile(join(folder, "log4j2.xml"), LOGGING);
    const log = [`-Dlog4j2.configurationFile=${join(folder, "log4j2.xml")}`, `-Dlog.file=${join(folder, "server.log")}`];
    const java = [...JVM, ...log, "-cp", `${jars}/*`];
    await run("java", [...java, "kafka.tools.StorageTool", "format", "--cluster-id=MkU3OEVBNTcwNTJENDM2Qk", "-c", file]);
    const fresh = join(folder, "classes.jsa");
    const server = spawnTied("java", [...java, `-XX:ArchiveClassesAtExit=${fresh}`, "kafka.Kafka", file], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(server, "exit");
    // Read to its end: a pipe that is full, or closed, would stop it.
    server.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.includes("Kafka Server started")) server.kill("SIGTERM");
    });
    await ended;
    // Into the folder of the jars' first, so that the name is there only with the whole of it.
    const beside = `${jars}.${process.pid}.jsa`;
    await run("cp", [fresh, beside]);
    await rename(beside, `${jars}.jsa`);
  } catch (error) {
    say(`no classes of Kafka were kept: ${(error as Error).message.split("\n", 1)[0]}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function properties(folder: string, port: number, controllerPort: number): string {
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controllerPort}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "controller.listener.names=CONTROLLER",
    `log.dirs=${join(folder, "data")}`,
    "offsets.topic.replication.factor=1",
  ].join("\n");
}
