import type { PublishedEvent } from "../port/events.ts";
import type { SagaData } from "./define-saga.ts";

/** How far a saga is. `completed` and `compensated` are its ends. */
export type SagaStatus = "running" | "waiting" | "compensating" | "completed" | "compensated";

/** A saga as it is kept. */
export interface SagaState {
  id: string;
  /** Which kind it is. */
  saga: string;
  status: SagaStatus;
  /** The step that runs, waits for its reply, or is undone: its place among the steps. */
  step: number;
  /** How often this step, or what undoes it, has begun. */
  attempt: number;
  /** When this step has failed, milliseconds since 1970; null: never, or it has not begun. */
  deadline: number | null;
  /** When there is something to do, milliseconds since 1970; null: it has ended, and its events are published. */
  nextAt: number | null;
  data: SagaData;
  /** Why it is, or was, undone; and what kept it from being undone. */
  error: string | null;
  /** Events that are to be published before anything else is done. */
  outgoing: PublishedEvent[];
}

/** Whether it has ended. */
export const isEnded = ({ status }: Pick<SagaState, "status">): boolean => status === "completed" || status === "compensated";

/** A saga that this process has, until its lease is over. */
export interface OwnedSaga {
  state: SagaState;
  /** Counts up whenever somebody takes it or writes it: who has an older one has it no more. */
  version: number;
}
