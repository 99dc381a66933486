/**
 * How far a group has come in each lane: the last position up to which everything that was handed out has ended. Only that is committed, so a
 * record that is still in work is handed out again after a crash, whatever ended after it.
 */

/** Positions of several lanes. */
export type Positions = ReadonlyMap<string, bigint>;

interface ProgressOptions {
  /** Commit after so many acknowledged records. */
  commitEvery: number;
  /** And after so many milliseconds where there is anything to commit. */
  intervalMs: number;
  /** Commits the last finished position of each of these lanes. What it rejects for is committed with the next try. */
  commit(positions: Positions): Promise<void>;
  /** Told when a commit failed that nobody waits for. */
  onError(error: Error): void;
}

/** Keeps track of what ended. */
export interface Progress {
  /** A lane begins: this position and what is before it has ended already, and is committed. @default nothing is known of it */
  begin(lane: string, position: bigint): void;
  /** A record is handed out; positions of a lane only grow. Returns what acknowledges it. */
  handOut(lane: string, position: bigint): () => void;
  /** Nothing up to this position, it included, is left to hand out: what is there is no record, or is no concern of the group. */
  pass(lane: string, position: bigint): void;
  /** Lanes are somebody else's: what is acknowledged of them from now on is nothing. */
  drop(lanes: Iterable<string>): void;
  /** Commits what has ended and is not committed yet; what is being committed is waited for. Rejects as `commit` does. */
  flush(): Promise<void>;
  /**
   * Commits a lane that has begun as far as it has ended, be that committed or not, for what `commit` writes beside the position. Rejects as
   * `commit` does, and where the lane is somebody else's by then.
   */
  commitLane(lane: string): Promise<void>;
  /** Records that are handed out and not acknowledged. */
  readonly unfinished: number;
  /** No more commits by itself. */
  close(): void;
}

interface Entry {
  position: bigint;
  done: boolean;
}

interface Lane {
  /** What was handed out and is not behind the finished position yet, in order, from `first` on. */
  entries: Entry[];
  first: number;
  finished: bigint | undefined;
  committed: bigint | undefined;
  isDropped: boolean;
}

/** Entries that are done and not yet cut off, at most. */
const SLACK = 1024;

/** Makes it, for lanes that nothing is known of yet. */
export function createProgress({ commitEvery, intervalMs, commit, onError }: ProgressOptions): Progress {
  const lanes = new Map<string, Lane>();
  let acknowledged = 0;
  let unfinished = 0;
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;

  const laneOf = (name: string): Lane => {
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = { entries: [], first: 0, finished: undefined, committed: undefined, isDropped: false };
    lanes.set(name, lane);
    return lane;
  };

  const commitNow = async (always?: string): Promise<void> => {
    acknowledged = 0;
    if (always !== undefined && lanes.get(always)?.finished === undefined) throw new Error(`${always} is not this member's`);
    const due = [...lanes].filter(
      ([name, { finished, committed }]) => finished !== undefined && (finished !== committed || name === always),
    );
    if (due.length === 0) return;
    const positions = new Map(due.map(([name, { finished }]) => [name, finished!]));
    await commit(positions);
    for (const [name, lane] of due) lane.committed = positions.get(name);
  };
  /** One commit at a time: a later one must not be overtaken by an earlier one. */
  const flush = async (always?: string): Promise<void> => {
    waiting++;
    last = last.catch(() => {}).then(() => commitNow(always));
    return last.finally(() => void waiting--);
  };
  const flushAside = (): void => {
    if (waiting === 0) flush().catch(onError);
  };
  const timer = setInterval(flushAside, intervalMs).unref();

  return {
    begin(name, position) {
      lanes.set(name, { entries: [], first: 0, finished: position, committed: position, isDropped: false });
    },
    handOut(name, position) {
      const lane = laneOf(name);
      const entry: Entry = { position, done: false };
      lane.entries.push(entry);
      unfinished++;
      return () => {
        if (entry.done || lane.isDropped) return;
        entry.done = true;
        unfinished--;
        advance(lane);
        if (++acknowledged >= commitEvery) flushAside();
      };
    },
    pass(name, position) {
      const lane = laneOf(name);
      lane.entries.push({ position, done: true });
      advance(lane);
    },
    drop(names) {
      for (const name of names) {
        const lane = lanes.get(name);
        if (lane === undefined) continue;
        lane.isDropped = true;
        unfinished -= lane.entries.slice(lane.first).filter(({ done }) => !done).length;
        lanes.delete(name);
      }
    },
    flush: () => flush(),
    commitLane: flush,
    get unfinished() {
      return unfinished;
    },
    close: () => clearInterval(timer),
  };
}

/** Moves the finished position over all that is done before the first that is not. */
function advance(lane: Lane): void {
  const { entries } = lane;
  for (let entry = entries[lane.first]; entry?.done; entry = entries[++lane.first]) lane.finished = entry.position;
  if (lane.first < SLACK && lane.first < entries.length) return;
  entries.splice(0, lane.first);
  lane.first = 0;
}
