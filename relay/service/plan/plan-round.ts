/**
 * Decides what becomes of every envelope of a round, in order. Nothing is written here; the store makes the claim durable.
 */
import { isDeadLetterQueue } from "@sightline/worker/queue-name";
import type { BusRecord } from "../../bus/port/bus.ts";
import type { Claim, Store } from "../../state/store.ts";
import type { DecodedMessage } from "../decode/decode-delivery.ts";
import { type Line, Readable } from "../decode/line.ts";
import { createFates, type Deferral, type FateContext } from "./fate.ts";
import { createRoundMarkers } from "./round-markers.ts";
import { createRoundTally, type RoundTally } from "./round-tally.ts";

/** What the round publishes and remembers. */
export interface Plan {
  records: BusRecord[];
  /** The line of each record. */
  lines: Line[];
  claim: Claim;
  /** Messages that are given back to the queue, whole or in part. */
  deferred: Map<DecodedMessage, Deferral>;
  tally: RoundTally;
}

/** What a plan depends on besides the round. */
export interface PlanContext extends FateContext {
  store: Pick<Store, "marker" | "message" | "keys">;
  /** Seconds for which nothing is to be published to a topic; undefined where it takes. @default always undefined */
  rest?: (topic: string) => number | undefined;
}

/** Plans a round. */
export function planRound(round: DecodedMessage[], { store, rest, ...context }: PlanContext): Plan {
  const markers = createRoundMarkers(store, markersOf(round));
  const fateOf = createFates(context, markers, restOnce(rest));
  const plan = {
    records: [] as BusRecord[],
    lines: [] as Line[],
    deferred: new Map() as Plan["deferred"],
    tally: createRoundTally(),
  };
  const messages: Claim["messages"] = [];
  const seen = new Set<string>();

  /** False where the line stays in the queue. `envelopes`: how many it stands for. */
  const takeLine = (line: Line, from: DecodedMessage, envelopes = 1): boolean => {
    const fate = fateOf(line, from);
    if (fate.fate === "deferred") {
      const longest = Math.max(plan.deferred.get(from)?.seconds ?? 0, fate.deferral.seconds);
      plan.deferred.set(from, { ...fate.deferral, seconds: longest });
      return false;
    }
    if ("record" in fate) {
      plan.records.push(fate.record);
      plan.lines.push(line);
    } else if (fate.isCopy) plan.tally.copyOf(fate.firstSeen, context.now);
    plan.tally.settled(line, fate.fate, envelopes);
    return true;
  };

  /** A message that is not taken apart is one line, whatever was settled of it when it was. */
  const takeWhole = (line: Line, from: DecodedMessage, envelopes: number, done: readonly number[]): Claim["messages"][number] => {
    const isSettled = takeLine(line, from, Math.max(0, envelopes - done.length));
    return isSettled ? refOf(from) : { ...refOf(from), done: [...done] };
  };

  const takeLines = (from: DecodedMessage, before: readonly number[]): Claim["messages"][number] => {
    const { lines } = from;
    const left: number[] = [];
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index]!;
      if (before.length > 0 && before.includes(index)) plan.tally.redelivered(line);
      else if (!takeLine(line, from)) left.push(index);
    }
    if (left.length === 0) return refOf(from);
    return { ...refOf(from), done: [...lines.keys()].filter((index) => !left.includes(index)) };
  };

  for (const from of round) {
    const name = JSON.stringify(refOf(from));
    const before = seen.has(name) ? "settled" : store.message(refOf(from));
    seen.add(name);
    if (before === "settled") {
      for (const line of from.lines) plan.tally.redelivered(line);
      continue;
    }
    const done = typeof before === "object" ? before.done : [];
    const [first] = from.lines;
    const whole = first && "code" in first ? first.envelopes : undefined;
    if (before === undefined) for (const line of from.lines) plan.tally.taken(line, isDeadLetterQueue(from.queue), whole);
    messages.push(first && whole !== undefined ? takeWhole(first, from, whole, done) : takeLines(from, done));
  }
  return { ...plan, claim: { messages, markers: markers.all, ...plan.tally.counters() } };
}

/** Markers of a round of which nothing is known yet; its messages have a record each in the same block. */
function markersOf(round: DecodedMessage[]): number {
  let count = round.length;
  for (const { lines } of round) for (const line of lines) if (line instanceof Readable) count += 1 + line.items;
  return count;
}

function refOf({ queue, message }: DecodedMessage): { queue: string; id: string } {
  return { queue, id: message.id };
}

/** A topic rests for the whole of a plan or not at all: else an event could overtake the one before it. */
function restOnce(rest: NonNullable<PlanContext["rest"]> = () => undefined): NonNullable<PlanContext["rest"]> {
  const asked = new Map<string, number | undefined>();
  return (topic) => {
    if (!asked.has(topic)) asked.set(topic, rest(topic));
    return asked.get(topic);
  };
}
