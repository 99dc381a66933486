/** What a saga does next: one transition after the other, each written down before the next. */
import { failPoint } from "../../lib/fail-point.ts";
import { enrich } from "../publish/enrich.ts";
import type { Saga, SagaStep, StepContext } from "./define-saga.ts";
import type { SagaState } from "./state.ts";
import type { SagaStore } from "./store.ts";

/** Milliseconds before a step, or what undoes it, is tried again after a first failure, and at most. */
const FIRST_MS = 200;
const LONGEST_MS = 60_000;
/** Node takes a longer timer for one of a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** When a saga is looked at that waits without a deadline: null would say that it has ended. */
const NO_DEADLINE = Number.MAX_SAFE_INTEGER;

/** What a transition has at hand. */
export interface Hands {
  saga: Saga;
  store: Pick<SagaStore, "replies">;
  now: () => number;
  /** Aborted: the process ends. */
  signal: AbortSignal;
  /** Writes the state down; rejects where the saga is another process's by now. */
  save: (state: SagaState) => Promise<void>;
}

/** Does what is next, and resolves with the state after it, not yet written down; with undefined where there is nothing to do now. */
export async function advance(state: SagaState, hands: Hands): Promise<SagaState | undefined> {
  const step = hands.saga.steps[state.step]!;
  if (state.status === "compensating") return compensateStep(state, step, hands);
  if (state.status === "waiting") return awaitReply(state, step, hands);
  return isLate(state, hands) ? failed(state, step, tooLate(step), hands) : runStep(state, step, hands);
}

const isLate = ({ deadline }: SagaState, { now }: Hands): boolean => deadline !== null && deadline <= now();
const tooLate = ({ timeoutMs }: SagaStep<SagaState["data"]>): string => `no end within ${timeoutMs} ms`;

async function runStep(state: SagaState, step: SagaStep<SagaState["data"]>, hands: Hands): Promise<SagaState | undefined> {
  const { now, signal, save } = hands;
  const attempt = state.attempt + 1;
  const deadline = state.deadline ?? (step.timeoutMs === undefined ? null : now() + step.timeoutMs);
  const begun = { ...state, attempt, deadline };
  // Before it runs: whoever resumes then knows that it may have had its effect.
  await save(begun);
  failPoint("after_claim");
  try {
    const added = await timed(deadline, hands, (ends) => step.run(contextOf(begun, step.name, ends)));
    failPoint("after_produce");
    const data = { ...state.data, ...added };
    if (step.replies === undefined) return ended({ ...begun, data }, step, hands);
    return { ...begun, data, status: "waiting", nextAt: now() };
  } catch (error) {
    if (signal.aborted) return undefined;
    const { message } = error as Error;
    if (isLate(begun, hands)) return failed(begun, step, tooLate(step), hands);
    if (attempt >= (step.attempts ?? 1)) return failed(begun, step, message, hands);
    return { ...begun, nextAt: now() + backoff(attempt), error: message };
  }
}

async function awaitReply(state: SagaState, step: SagaStep<SagaState["data"]>, hands: Hands): Promise<SagaState | undefined> {
  // Written before the look: a reply that comes after the look sets an earlier time, and that must stay.
  await hands.save({ ...state, nextAt: state.deadline ?? NO_DEADLINE });
  const replies = await hands.store.replies(state.id);
  const reply = replies.find(({ event_type }) => Object.hasOwn(step.replies ?? {}, event_type));
  if (reply === undefined) return isLate(state, hands) ? failed(state, step, tooLate(step), hands) : undefined;
  if (step.replies?.[reply.event_type] === "failed") return failed(state, step, `got ${reply.event_type}`, hands);
  return ended({ ...state, data: { ...state.data, [step.name]: reply } }, step, hands);
}

/** The step has ended well. */
function ended(state: SagaState, step: SagaStep<SagaState["data"]>, { saga, now }: Hands): SagaState {
  const last = state.step === saga.steps.length - 1;
  const outgoing = [...state.outgoing, told(state, "saga.step.completed.v1", { step: step.name })];
  const next = { ...state, attempt: 0, deadline: null, error: null };
  if (last) return { ...next, status: "completed", nextAt: now(), outgoing: [...outgoing, told(state, "saga.completed.v1")] };
  return { ...next, status: "running", step: state.step + 1, nextAt: now(), outgoing };
}

function failed(state: SagaState, step: SagaStep<SagaState["data"]>, reason: string, { now }: Hands): SagaState {
  const error = `${step.name}: ${reason}`;
  const outgoing = [...state.outgoing, told(state, "saga.step.failed.v1", { step: step.name, error })];
  return { ...state, status: "compensating", attempt: 0, deadline: null, nextAt: now(), error, outgoing };
}

async function compensateStep(state: SagaState, step: SagaStep<SagaState["data"]>, hands: Hands): Promise<SagaState | undefined> {
  const { now, signal, save } = hands;
  const begun = { ...state, attempt: state.attempt + 1 };
  if (step.compensate !== undefined) {
    await save(begun);
    try {
      await timed(null, hands, (ends) => step.compensate!(contextOf(begun, `${step.name}:compensate`, ends)));
      failPoint("after_settle");
    } catch (error) {
      if (signal.aborted) return undefined;
      const why = `${step.name} is not undone: ${(error as Error).message}`;
      const first = begun.attempt === 1 ? [told(state, "saga.compensation.failed.v1", { step: step.name, error: why })] : [];
      return { ...begun, nextAt: now() + backoff(begun.attempt), outgoing: [...state.outgoing, ...first] };
    }
  }
  const outgoing =
    step.compensate === undefined
      ? state.outgoing
      : [...state.outgoing, told(state, "saga.step.compensated.v1", { step: step.name })];
  if (state.step > 0) return { ...state, step: state.step - 1, attempt: 0, nextAt: now(), outgoing };
  return {
    ...state,
    status: "compensated",
    attempt: 0,
    nextAt: now(),
    outgoing: [...outgoing, told(state, "saga.compensated.v1", { error: state.error })],
  };
}

/** Runs work that hears of its deadline, and is not waited for behind it. */
async function timed<T>(deadline: number | null, { now, signal }: Hands, work: (ends: AbortSignal) => T): Promise<Awaited<T>> {
  const ends =
    deadline === null
      ? signal
      : AbortSignal.any([signal, AbortSignal.timeout(Math.min(Math.max(deadline - now(), 0), LONGEST_TIMER_MS))]);
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Error("its time is over"));
  ends.addEventListener("abort", stop);
  try {
    return await Promise.race([(async () => work(ends))(), promise]);
  } finally {
    ends.removeEventListener("abort", stop);
  }
}

const backoff = (attempt: number): number => Math.min(FIRST_MS * 2 ** (attempt - 1), LONGEST_MS);

function contextOf({ id, data, attempt }: SagaState, what: string, signal: AbortSignal): StepContext<SagaState["data"]> {
  return { sagaId: id, data, idempotencyKey: `${id}:${what}`, attempt, signal };
}

/** An event of the saga's. */
export function told({ id, saga }: Pick<SagaState, "id" | "saga">, event_type: string, fields: Record<string, unknown> = {}) {
  return enrich({ event_type, saga, saga_id: id, ...fields });
}
