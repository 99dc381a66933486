/**
 * The way of the data through the relay: decode -> claim -> publish -> settle -> verdict, in rounds, each durable before the next.
 *
 * Deliveries that wait together make one round, and one that is too much for a round goes in parts. Nothing is acked before its batch,
 * dead letters included, is on the bus. Where the bus is down the round is given back to the queue, and nothing more is taken until the
 * bus is there again. What waits is decoded while the bus works on the round before.
 */
import { setImmediate as immediate } from "node:timers/promises";
import type { Delivery, Verdict } from "@sightline/worker/delivery";
import { cutDelivery, type DeliveryPart } from "../decode/cut-delivery.ts";
import { decodeDelivery, type DecodedDelivery } from "../decode/decode-delivery.ts";
import type { MessageRef } from "../../state/store.ts";
import { NotTaking } from "../source/not-taking.ts";
import { createBudget } from "../source/budget.ts";
import type { Hold, Take, TakenDelivery } from "../source/source.ts";
import type { Suspects } from "../../state/suspects.ts";
import { createRounds, type RoundOptions } from "./round.ts";

/** Bytes of queue messages in one round, unpacked, at most, unless one message alone has more. */
const ROUND_BYTES = 4 * 1024 * 1024;
/** Bytes of the messages in the relay, as they came, above which nothing more is taken: as much as three of the largest deliveries. */
const MOST_BYTES = 40_000_000;

export interface Pipeline {
  hold: Hold;
  take: Take;
  /** Settles what a crash left under way. To be called once the bus is open, with its highest batch number, before anything is taken. */
  begin(lastBatch: number): Promise<void>;
  /** Resolves when no round is running and none waits. */
  idle(): Promise<void>;
  /** Why nothing is to be taken, where that is the relay's own fault; undefined while it works. */
  trouble(): string | undefined;
}

interface PipelineOptions extends Omit<RoundOptions, "onHandOver"> {
  /** Tells messages that may have crashed the process. @default none is suspect */
  suspects?: Suspects;
}

interface Waiting extends DeliveryPart {
  /** Its messages, once they are decoded. */
  decoded?: DecodedDelivery;
  resolve: (verdicts: Verdict[]) => void;
  reject: (error: unknown) => void;
}

/** Makes the pipeline. */
export function createPipeline({ suspects, ...options }: PipelineOptions): Pipeline {
  const rounds = createRounds({ ...options, onHandOver: () => suspects?.handOver() });
  const waiting: Waiting[] = [];
  const underWay = createBudget(MOST_BYTES);
  /** What runs, and what is to run after it. */
  let last = Promise.resolve();
  let isScheduled = false;
  /** A round that runs alone: nothing else may be touched until it is over. */
  let isAlone = false;

  /** Decodes parts that are not decoded yet, once they are noted as worked on. */
  const decoded = (parts: readonly Waiting[]): DecodedDelivery[] => {
    const fresh = parts.filter((part) => !part.decoded);
    if (fresh.length > 0) suspects?.begin(fresh.flatMap(refs));
    return parts.map((part) => (part.decoded ??= decodeDelivery(part.delivery, options.store.keys, suspects)));
  };

  const nextRound = (): Waiting[] => {
    let bytes = 0;
    const end = waiting.findIndex((part, at) => {
      bytes += part.bytes;
      return at > 0 && (bytes > ROUND_BYTES || part.alone || waiting[0]!.alone);
    });
    return waiting.splice(0, end === -1 ? waiting.length : end);
  };

  /** So that the processor has work while the bus has some. */
  const decodeAhead = (): void => {
    if (isAlone) return;
    let bytes = 0;
    const end = waiting.findIndex((part) => part.alone || (bytes += part.bytes) > ROUND_BYTES);
    decoded(end === -1 ? waiting : waiting.slice(0, end));
  };

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const round = nextRound();
      isAlone = round[0]?.alone === true;
      try {
        const work = rounds.run(() => decoded(round));
        setImmediate(decodeAhead);
        const verdicts = await work;
        for (const [at, part] of round.entries()) part.resolve(verdicts[at] as Verdict[]);
        suspects?.end(round.flatMap(refs), acked(round, verdicts));
      } catch (error) {
        // What waits came later: were it to go on, events of one key would change places.
        const behind = waiting.splice(0);
        for (const { reject } of [...round, ...behind]) reject(error);
        suspects?.end([...round, ...behind].flatMap(refs), []);
      }
    }
    isScheduled = false;
  };

  /** One thing at a time: rounds, or the settling of what is unknown. */
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };

  const takePart = (part: DeliveryPart): Promise<Verdict[]> =>
    new Promise((resolve, reject) => {
      waiting.push({ ...part, resolve, reject });
      if (isScheduled) setImmediate(decodeAhead);
      else void inTurn(run);
      isScheduled = true;
    });

  /** A part waits for the one before: where that is not taken, none is that came after it. */
  const takeParts = async (delivery: TakenDelivery): Promise<Verdict[]> => {
    const failed = options.policy.failedAttempts();
    const alone = ({ id }: Delivery<Buffer>["messages"][number]) => suspects?.isSuspect({ queue: delivery.queue, id }) ?? false;
    const verdicts: Verdict[] = [];
    for (const part of cutDelivery(delivery, ROUND_BYTES, alone)) verdicts.push(...(await takePart(part)));
    // An attempt that failed may go on somewhere, and read what it was given.
    if (options.policy.failedAttempts() === failed) delivery.reuse?.();
    return verdicts;
  };

  const hold: Hold = (bytes) => {
    const room = underWay.take(bytes);
    if (room === undefined) throw new NotTaking("the relay has as much under way as it may", 1);
    return room;
  };

  return {
    hold,
    async take(delivery, room = hold(delivery.messages.reduce((sum, { body }) => sum + body.length, 0))) {
      return takeParts(delivery).finally(room.release);
    },
    async begin(lastBatch) {
      await inTurn(() => rounds.begin(lastBatch));
    },
    async idle() {
      // What a delivery goes on with is there once its last part's verdicts were seen.
      let seen: Promise<void>;
      do {
        seen = last;
        await seen;
        await immediate();
      } while (seen !== last);
    },
    trouble: rounds.trouble,
  };
}

/** The messages of a round that are acked. */
function acked(round: readonly DeliveryPart[], verdicts: readonly Verdict[][]): MessageRef[] {
  return round.flatMap(({ delivery: { queue } }, at) =>
    (verdicts[at] ?? []).flatMap(({ id, verdict }) => (verdict === "ack" ? [{ queue, id }] : [])),
  );
}

function refs({ delivery: { queue, messages } }: DeliveryPart): MessageRef[] {
  return messages.map(({ id }) => ({ queue, id }));
}
