/** Flink's jars, fetched once a version as `sightline stream run` does, and the JVM's options that make a short run cheap. */
import { flinkLibraries } from "../../relay/stream/libraries.ts";
import { ensureCommand, has, installPackages, say } from "./machine.ts";

/** For JDK_JAVA_OPTIONS: a job of a few seconds gains nothing from the second compiler, which takes half of its CPU. */
export const SHORT_RUN = "-XX:TieredStopAtLevel=1";

/** The folder of the jars, or why there is none; an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainFlink(): Promise<{ lib: string } | { missing: string }> {
  try {
    await ensureCommand("java", "default-jre-headless");
    await ensureCommand("mvn", "maven");
    if (!(await has("python3"))) await installPackages("python3", ["python3-venv"]);
    return { lib: await flinkLibraries(say) };
  } catch (error) {
    const missing = `Flink cannot be had here: ${(error as Error).message.split("\n", 1)[0]}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}
