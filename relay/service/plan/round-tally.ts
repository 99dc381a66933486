/** What a round comes to, as it is planned: its counters, and what metrics and traces want to know of it. */
import type { EnvelopeKind } from "../../bus/records/envelope-record.ts";
import { type Line, Readable } from "../decode/line.ts";
import type { Example } from "../telemetry/observer.ts";
import type { Counter, Fate } from "../../state/counters.ts";

/** Trace ids that a report names, at most. */
const MAX_TRACES = 128;

/** Labels of a counter. */
type Labels = Pick<Counter, "tenant_id" | "surface" | "event_type">;

export interface RoundTally {
  /** A line of a message that was not taken before; `late`: by way of a dead-letter queue. */
  taken(line: Line, late: boolean, envelopes?: number): void;
  /** A line of which the fate is known; `envelopes` where it stands for several. */
  settled(line: Line, fate: Fate, envelopes?: number): void;
  /** A line that was settled before, and was delivered again. */
  redelivered(line: Line): void;
  /** A copy; `firstSeen` says when its original was first seen, milliseconds since 1970, where that was not in this round. */
  copyOf(firstSeen: number | undefined, now: Date): void;
  counters(): { taken: Counter[]; settled: Counter[] };
  /** Of each event type and fate one envelope. */
  examples(): Example[];
  traceIds(): string[];
  /** Ages of the originals of duplicates, milliseconds. */
  duplicateAges: number[];
}

/** The tally of one round. */
export function createRoundTally(): RoundTally {
  const taken = tally();
  const settled = tally();
  const examples: Example[] = [];
  const traces = new Set<string>();
  const duplicateAges: number[] = [];
  let lastKind: EnvelopeKind | undefined;
  return {
    duplicateAges,
    taken(line, late, envelopes = 1) {
      taken.add(line, "taken", envelopes);
      if (late) taken.add(line, "from_dead_letter_queue", envelopes);
    },
    settled(line, fate, envelopes = 1) {
      const isFirst = settled.add(line, fate, envelopes);
      if (!(line instanceof Readable)) return;
      if (line.copies > 1) settled.add(line, "collapsed", line.copies - 1);
      const { trace_id } = line.kind;
      if (trace_id === "" || (line.kind === lastKind && !isFirst)) return;
      lastKind = line.kind;
      if (traces.size < MAX_TRACES) traces.add(trace_id);
      if (isFirst) examples.push({ ...labels(line), fate, trace_id });
    },
    redelivered: (line) => void settled.add(line, "redelivered"),
    copyOf: (firstSeen, now) => void duplicateAges.push(Math.max(0, now.getTime() - (firstSeen ?? now.getTime()))),
    counters: () => ({ taken: taken.rows(), settled: settled.rows() }),
    examples: () => examples,
    traceIds: () => [...traces],
  };
}

function labels(line: Line): Labels {
  if (!(line instanceof Readable)) return { tenant_id: line.tenant_id, surface: "", event_type: "" };
  const { tenant_id, surface, event_type } = line.kind;
  return { tenant_id, surface, event_type };
}

/** Adds up counters that differ in nothing but `n`; most lines are of the kind of the one before, so that is looked at first. */
function tally() {
  const rows = new Map<string, Counter>();
  let last: Counter | undefined;
  let lastKind: EnvelopeKind | undefined;
  return {
    /** True for the first of its kind. */
    add(line: Line, fate: Fate, n = 1): boolean {
      const kind = line instanceof Readable ? line.kind : undefined;
      if (last !== undefined && kind !== undefined && kind === lastKind && last.fate === fate) {
        last.n += n;
        return false;
      }
      const { tenant_id, surface, event_type } = labels(line);
      const key = `${tenant_id}\n${surface}\n${event_type}\n${fate}`;
      const before = rows.get(key);
      last = before ?? { tenant_id, surface, event_type, fate, n: 0 };
      lastKind = kind;
      last.n += n;
      if (!before) rows.set(key, last);
      return !before;
    },
    rows: (): Counter[] => [...rows.values()],
  };
}
