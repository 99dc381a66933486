/** A file of the relay's store is damaged while it is away. */
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type RelayProcess, startRelayProcess } from "../../../dev/relay-process.ts";
import type { Finding, Scenario, Stage } from "../scenario.ts";
import { conserved, eachOnce, noDeadLetters } from "../stage/check.ts";
import { sightline } from "../../relay/cli/run.ts";
import { deliverAll } from "../stage/deliver-all.ts";
import type { Ground } from "../stage/ground.ts";
import { type Load, makeLoad } from "../stage/load.ts";
import { refusedBecause } from "../stage/refused-because.ts";
import { RELAY_TOKEN, relayEnv } from "../stage/relay-env.ts";
import { superviseRelays } from "../stage/relays.ts";

const EVENTS = 400;
/** Bytes that are overwritten in the middle of the file. */
const DAMAGE = 4_096;
/** What an operator is told to do. */
const WAY_OUT = "dedup rebuild";

/** The scenario on a bus. */
export function corruptStore(bus: Ground["name"]): Scenario {
  return { name: `corrupt-store-${bus}`, needsKafka: bus === "kafka", run: (stage) => runAll(stage, bus) };
}

async function runAll(stage: Stage, bus: Ground["name"]): Promise<Finding> {
  const problems: string[] = [];
  const counted = { files: 0, refused: 0, repaired: 0 };
  // The first run tells which files there are.
  for (let [index, files] = [0, 1]; index < files; index++) {
    const { file, refused, ...found } = await damageOne(stage, stage.ground(bus), index, (there) => void (files = there));
    counted.files++;
    counted[refused ? "refused" : "repaired"]++;
    stage.say(`${file}: ${refused ? "refused, rebuilt by sightline dedup rebuild" : "repaired by the relay itself"}`);
    problems.push(...found.problems.map((problem) => `${file} damaged: ${problem}`));
  }
  if (counted.refused === 0) problems.push("no damage was refused");
  return { counted, problems };
}

/** Delivers, damages one file, starts, rebuilds the store where that is refused, delivers all again and more. */
async function damageOne({ random, folder, signal }: Stage, ground: Ground, index: number, tell: (files: number) => void) {
  const load = makeLoad({ random, name: `damage-${index}`, events: EVENTS });
  const dataDir = join(folder, `relay-${index}`);
  const env = relayEnv(ground, dataDir);
  const deliver = async (lanes: typeof load.lanes) => {
    const relays = superviseRelays(env);
    await deliverAll({ url: relays.url, token: RELAY_TOKEN, lanes, signal });
    return relays.stop();
  };
  await deliver(load.lanes.map((lane) => new Map([...lane].slice(0, lane.size / 2))));
  const files = await storeFiles(dataDir);
  tell(files.length);
  const file = files[index] ?? "";
  await damage(join(dataDir, file));

  const problems: string[] = [];
  const words = await complaint(env, load, signal);
  if (words !== undefined) {
    if (!words.includes(dataDir)) problems.push(`expected an error that names the file, got ${words}`);
    const rebuilt = await sightline(["dedup", "rebuild", "--yes"], env);
    if (rebuilt.code !== 0) {
      problems.push(`sightline dedup rebuild: expected 0, got ${rebuilt.code}: ${rebuilt.err}`);
      return { file, refused: true, problems };
    }
  }
  const exit = await deliver(load.lanes);
  if (exit !== 0) problems.push(`the last relay ended with ${exit}, expected 0`);
  const seen = await ground.read(dataDir);
  problems.push(...eachOnce(load, seen), ...noDeadLetters(seen));
  problems.push(...conserved(dataDir, { delivered: EVENTS, dead_lettered: 0 }).problems);
  return { file, refused: words !== undefined, problems };
}

/**
 * Starts a relay and delivers everything. Answers what it says where it does not start, or finds out later, and then leads to the way
 * out; undefined where everything was delivered.
 */
async function complaint(env: NodeJS.ProcessEnv, { lanes }: Load, signal: AbortSignal): Promise<string | undefined> {
  let relay: RelayProcess;
  try {
    relay = await startRelayProcess({ env, log: "ignore" });
  } catch (error) {
    if ((error as Error).message.includes(WAY_OUT)) return (error as Error).message;
    throw error;
  }
  const enough = new AbortController();
  const delivering = deliverAll({
    url: () => relay.url,
    token: RELAY_TOKEN,
    lanes,
    signal: AbortSignal.any([signal, enough.signal]),
  });
  const said = refusedBecause(() => relay.url, enough.signal, WAY_OUT);
  const words = await Promise.race([said, delivering.then(() => undefined)]);
  enough.abort();
  await Promise.allSettled([said, delivering]);
  await relay.stop();
  return words;
}

/** The files of the store that hold anything; the local bus is none of it. */
async function storeFiles(dataDir: string): Promise<string[]> {
  const entries = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(dataDir.length + 1));
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(dataDir, file))).size));
  return files.filter((file, at) => (sizes[at] ?? 0) > 0 && !/^bus\.db|\.lock/.test(file)).toSorted();
}

async function damage(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    const { size } = await handle.stat();
    const bytes = Math.min(DAMAGE, size);
    const { buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, Math.floor((size - bytes) / 2));
    await handle.write(
      buffer.map((byte) => byte ^ 0x5a),
      0,
      bytes,
      Math.floor((size - bytes) / 2),
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
}
