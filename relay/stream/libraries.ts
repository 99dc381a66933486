/** Gets Flink and its connectors, once a version, into a cache outside of the project: Flink from PyPI, whose package has all of it, the others from Maven Central. */
import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ConfigError } from "../lib/settings.ts";

/** What fits together, as it was run. */
export const FLINK_VERSION = "2.3.0";
const JARS = [
  "org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2",
  "org.apache.flink:flink-connector-jdbc-core:4.0.0-2.0",
  "org.apache.flink:flink-connector-jdbc-postgres:4.0.0-2.0",
  `org.apache.flink:flink-sql-parquet:${FLINK_VERSION}`,
  "org.apache.iceberg:iceberg-flink-runtime-2.1:1.11.0",
  "org.apache.hadoop:hadoop-client-api:3.4.3",
  "org.apache.hadoop:hadoop-client-runtime:3.4.3",
  "commons-logging:commons-logging:1.3.0",
  "io.dropwizard.metrics:metrics-core:4.2.37",
  "org.postgresql:postgresql:42.7.14",
  // Compiles the runner where there is a Java without a compiler.
  "org.eclipse.jdt:ecj:3.40.0",
];

const run = promisify(execFile);

/** The folder of the jars that STREAM_FLINK_LIB names, or else that of the cache. Throws a {@link ConfigError} where it has no Flink. */
export async function librariesAt(folder: string | undefined, say: (line: string) => void): Promise<string> {
  if (folder === undefined) return flinkLibraries(say);
  if (globSync(join(folder, "flink-dist-*.jar")).length === 0)
    throw new ConfigError([
      `STREAM_FLINK_LIB: expected a folder with Flink's jars and those of its connectors, got no flink-dist-*.jar in ${folder}`,
    ]);
  return folder;
}

/** The folder of the jars; what is fetched is told by `say`. Throws an Error that says what is missing on this machine. */
export async function flinkLibraries(say: (line: string) => void): Promise<string> {
  const cache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "sightline");
  const jars = join(cache, `flink-${FLINK_VERSION}-with-connectors`);
  if (existsSync(jars)) return jars;
  await require("java", ["-version"], "Java 17");
  await require("mvn", ["-version"], "Maven");
  await require("python3", ["-m", "venv", "--help"], "Python with venv");
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(join(cache, "fresh-"));
  const folder = await mkdtemp(join(tmpdir(), "sightline-flink-"));
  try {
    say(`fetching Apache Flink ${FLINK_VERSION} and its connectors, 440 MB, into ${jars}`);
    await Promise.all([fetchFlink(folder, fresh), fetchJars(folder, fresh)]);
    // Renamed only when whole, so that a run that was cut off leaves no half of a cache behind.
    await rename(fresh, jars);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await rm(fresh, { recursive: true, force: true });
  }
  return jars;
}

async function require(command: string, args: string[], what: string): Promise<void> {
  await run(command, args).catch(() => {
    throw new Error(
      `expected ${what} on this machine to fetch Flink with, and the command ${command} fails; or set STREAM_FLINK_LIB`,
    );
  });
}

async function fetchFlink(folder: string, into: string): Promise<void> {
  const python = join(folder, "venv", "bin", "python3");
  await run("python3", ["-m", "venv", join(folder, "venv")]);
  const wheel = [
    "download",
    "--no-deps",
    "--quiet",
    "--disable-pip-version-check",
    "-d",
    folder,
    `apache-flink-libraries==${FLINK_VERSION}`,
  ];
  await run(python, ["-m", "pip", ...wheel], { maxBuffer: 1 << 26 });
  const name = (await readdir(folder)).find((file) => file.endsWith(".whl"));
  if (name === undefined) throw new Error("pip brought no package of Flink");
  await run(python, ["-m", "zipfile", "-e", join(folder, name), folder]);
  const lib = join(folder, "pyflink", "lib");
  for (const jar of await readdir(lib)) await run("mv", [join(lib, jar), into]);
}

async function fetchJars(folder: string, into: string): Promise<void> {
  const dependencies = JARS.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>`;
  });
  const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>sightline</groupId><artifactId>stream</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependencies.join("\n")}</dependencies></project>`;
  await writeFile(join(folder, "pom.xml"), pom);
  const goal = ["-q", "-B", "-ntp", "dependency:copy-dependencies", `-DoutputDirectory=${into}`, "-DincludeScope=runtime"];
  await run("mvn", goal, { cwd: folder, maxBuffer: 1 << 26 });
}
