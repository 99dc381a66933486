/** Gets Apache Kafka's jars from Maven Central, once a version, into a cache outside the repo. */
import { existsSync } from "node:fs";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { archiveClasses } from "./kafka-classes.ts";
import { ensureCommand, say } from "./machine.ts";

/** The newest release of Kafka that the tests were run with; it needs Java 17. */
export const KAFKA_VERSION = "4.3.1";
const LOG4J_VERSION = "2.25.3";

const run = promisify(execFile);

/** The folder of the jars. Throws an Error that says what is missing. */
export async function kafkaJars(): Promise<string> {
  await ensureCommand("java", "default-jre-headless");
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sightline");
  const jars = join(cache, `kafka-${KAFKA_VERSION}`);
  if (!existsSync(jars)) await fetchJars(cache, jars);
  await archiveClasses(jars);
  return jars;
}

async function fetchJars(cache: string, jars: string): Promise<void> {
  await ensureCommand("mvn", "maven");
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "sightline-mvn-"));
  try {
    say(`fetching Apache Kafka ${KAFKA_VERSION} from Maven Central into ${jars}`);
    await writeFile(join(folder, "pom.xml"), pom());
    const fresh = await mkdtemp(join(cache, "fresh-"));
    const goal = ["-q", "-B", "-ntp", "dependency:copy-dependencies", `-DoutputDirectory=${fresh}`, "-DincludeScope=runtime"];
    await run("mvn", goal, { cwd: folder, maxBuffer: 1 << 26 });
    if ((await readdir(fresh)).length === 0) throw new Error("mvn brought no jars");
    // Renamed only when whole, so that a run that was cut off leaves no half of a cache behind.
    await rename(fresh, jars);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>sightline</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependency("org.apache.kafka", "kafka_2.13", KAFKA_VERSION)}${dependency("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION)}</dependencies>
</project>`;
}

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}
