/** A producer is killed within a transaction on the topic of exposures: what lies behind it waits until the brokers end it, and then all comes right. */
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Envelope } from "../../../../worker/src/envelope/envelope.ts";
import { end, spawnTied } from "../../../services/spawn-tied.ts";
import { obdEnvelopes } from "../../analysis/obd.ts";
import type { HangingProducer } from "./hanging-producer.ts";
import { type Stage, until } from "./stage.ts";
import { row, type Row } from "./table.ts";

const PRODUCER = fileURLToPath(new URL("hanging-producer.ts", import.meta.url));
/** transaction.timeout.ms of the producer that is killed; the brokers look every 10 s for those that are over it. */
const TIMEOUT_MS = 60_000;
const PAIRS = 20;
/** Whose events they are. */
const TENANT = "hang";

/** On a stage whose jobs run. `moreCheckpoints` resolves when each job has had three more of them. */
export async function hangTransaction(
  stage: Stage,
  moreCheckpoints: () => Promise<void>,
  say: (line: string) => void,
): Promise<Row[]> {
  const pairs = (await pairsOf()).flat();
  const figures = `${await stage.figures()}`;
  const joined = (): number => stage.joined.filter(({ tenant_id }) => tenant_id === TENANT).length;
  const options: HangingProducer = {
    brokers: stage.brokers,
    topic: `${stage.prefix}rec.exposure.recorded.v1`,
    timeoutMs: TIMEOUT_MS,
    like: pairs[0]!,
  };
  const producer = spawnTied(process.execPath, ["--no-warnings", PRODUCER, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(producer.stdout!, "data");
  await end(producer, "SIGKILL");
  const from = performance.now();
  say("killed a producer within its transaction");
  await stage.publish(pairs);
  await moreCheckpoints();
  const [hidden, early] = [joined(), seconds(from)];
  say(`behind it: ${hidden} outcomes after ${early} s`);
  await until("what lay behind it", () => joined() >= PAIRS);
  const late = seconds(from);
  say(`behind it: ${joined()} outcomes after ${late} s`);
  await until("the figures of it", async () => (await stage.exposuresOf(TENANT)) >= PAIRS);
  await moreCheckpoints();
  const trial = `a transaction that hangs for ${TIMEOUT_MS / 1000} s`;
  return [
    row(trial, `outcomes joined behind it after ${early} s`, hidden, 0),
    row(trial, `the same after ${late} s, when the brokers had ended it`, joined(), PAIRS),
    row(trial, "exposures behind it in Postgres, without those within it", await stage.exposuresOf(TENANT), PAIRS),
    row(trial, "figures before it", `${await stage.figures()}` === figures ? "as before" : "others", "as before"),
  ];
}

const seconds = (from: number): number => Math.round((performance.now() - from) / 1000);

const ofTenant = (one: Envelope): Envelope => ({ ...one, metadata: { ...one.metadata, tenant_id: TENANT } });

/** Clicks of a log with their exposures, as events of another tenant. */
async function pairsOf(): Promise<[Envelope, Envelope][]> {
  const log = await obdEnvelopes("bts");
  const exposures = new Map(log.filter(({ event_type }) => event_type === "exposure").map((one) => [one.correlation_id, one]));
  return log
    .filter(({ event_type }) => event_type === "click")
    .slice(0, PAIRS)
    .map((click) => [ofTenant(exposures.get(click.correlation_id)!), ofTenant(click)]);
}
