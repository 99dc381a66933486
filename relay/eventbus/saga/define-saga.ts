/** What a saga is made of. */

/** What a saga knows; kept as JSON. */
export type SagaData = Record<string, unknown>;

/** What a step, or what undoes it, is called with. */
export interface StepContext<D> {
  sagaId: string;
  /** Everything that is known; steps add to it by what they resolve with. */
  data: Readonly<D>;
  /**
   * The same whenever this step (or what undoes it) of this saga runs again, and in no other: for whoever has the effect, since a step
   * that a crash cut off runs once more.
   */
  idempotencyKey: string;
  /** Which time it runs, from 1. */
  attempt: number;
  /** Aborted when the step's time is over, or when the process is told to end. */
  signal: AbortSignal;
}

/** One step. */
export interface SagaStep<D> {
  name: string;
  /** Does the work, or sends the command that has it done; what it resolves with is added to the data. What it throws is a failure. */
  run(context: StepContext<D>): Promise<Partial<D> | void> | Partial<D> | void;
  /**
   * Undoes it. Called for each step that has begun, the failed one too, the last first: whether that one had its effect is not known, so
   * this must be able to find nothing to undo. Tried until it succeeds. @default there is nothing to undo
   */
  compensate?(context: StepContext<D>): Promise<void> | void;
  /** Tries before the step has failed. @default 1 */
  attempts?: number;
  /** Milliseconds after its beginning when it has failed, its tries and its reply included, and downtime too. @default none */
  timeoutMs?: number;
  /**
   * Types of events that end the step, once it has run, and how: `sagas.handle` takes them. A `done` event is added to the data under the
   * step's name. Of one type in one step of a saga only. @default it has ended when `run` has
   */
  replies?: Readonly<Record<string, "done" | "failed">>;
}

/** A kind of saga. */
export interface Saga<D extends SagaData = SagaData> {
  /** Its name; its events are on the topic `saga.<name>`. */
  name: string;
  steps: readonly SagaStep<D>[];
}

/** Declares a saga, and forgets the type of its data. Throws where it could not be resumed, or a reply could mean two steps. */
export function defineSaga<D extends SagaData>(saga: Saga<D>): Saga {
  const once = (what: string, values: readonly string[]): void => {
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice !== undefined) throw new TypeError(`saga ${saga.name}: expected each ${what} once, got ${twice} twice`);
  };
  if (saga.steps.length === 0) throw new TypeError(`saga ${saga.name}: expected at least one step, got none`);
  once(
    "name of a step",
    saga.steps.map(({ name }) => name),
  );
  once(
    "type of reply",
    saga.steps.flatMap(({ replies = {} }) => Object.keys(replies)),
  );
  return saga as unknown as Saga;
}
