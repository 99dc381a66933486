/** One node of the tests' Kafka: a process that can be killed and started again on the same data. */
import { type ChildProcess, execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { JVM, sharedClasses } from "./kafka-classes.ts";
import { end, spawnTied } from "./spawn-tied.ts";

const run = promisify(execFile);

/** What a node is made from. */
interface NodeOptions {
  /** Folder of Kafka's jars. */
  jars: string;
  /** Folder of its files, with log4j2.xml. */
  folder: string;
  /** Id of the cluster. */
  cluster: string;
  /** Begins the names of its files. */
  name: string;
  /** Text of its properties. */
  properties: string;
  /** More arguments to format its storage with. */
  format: string[];
  /** Megabytes of its heap. @default 512 */
  heapMb?: number;
}

/** A node. */
export interface KafkaNode {
  /** Starts it; resolves when it serves. */
  start(): Promise<void>;
  /** Ends the process at once, as a crash does. */
  kill(): Promise<void>;
  runs(): boolean;
  /** Resolves when it prints what matches, from now on. */
  says(what: RegExp): Promise<void>;
}

/** Formats the node's storage. */
export async function formatNode({
  jars,
  folder,
  cluster,
  name,
  properties,
  format,
  heapMb = 512,
}: NodeOptions): Promise<KafkaNode> {
  const file = join(folder, `${name}.properties`);
  const log = join(folder, `${name}.log`);
  const java = [
    `-Xmx${heapMb}m`,
    ...JVM,
    ...sharedClasses(jars),
    name === "broker" ? "-Xms256m" : "-Xms64m",
    `-Dlog4j2.configurationFile=${join(folder, "log4j2.xml")}`,
    `-Dlog.file=${log}`,
    "-cp",
    `${jars}/*`,
  ];
  await writeFile(file, properties);
  // One that begins with a dash would be taken for an option.
  await run("java", [...java, "kafka.tools.StorageTool", "format", `--cluster-id=${cluster}`, "-c", file, ...format]);

  let node: ChildProcess | undefined;
  const runs = (): boolean => node !== undefined && node.exitCode === null && node.signalCode === null;
  const says = async (what: RegExp): Promise<void> => {
    const { stdout } = node ?? {};
    let output = "";
    const said = new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output = (output + chunk.toString()).slice(-4096);
        if (!what.test(output)) return;
        stdout?.off("data", read);
        resolve();
      };
      stdout?.on("data", read);
      node?.once("error", reject);
      node?.once("exit", (code) => reject(new Error(`the ${name} ended with ${code} before it said ${what.source}`)));
    });
    try {
      await said;
    } catch (error) {
      const tail = await readFile(log, "utf8").catch(() => output);
      throw new Error(`${(error as Error).message}\n${tail.slice(-2000)}`, { cause: error });
    }
  };
  return {
    runs,
    says,
    async start() {
      node = spawnTied("java", [...java, "kafka.Kafka", file], { stdio: ["ignore", "pipe", "ignore"] });
      // Read always: a pipe that is full would stop it.
      node.stdout?.resume();
      await says(/Kafka Server started/);
    },
    async kill() {
      if (node) await end(node, "SIGKILL");
    },
  };
}
