/** The events that sagas publish to `saga.<name>`, for the registry of an EventBus: `events: { ...sagaEvents, … }`. */
import { z } from "zod";

const ofSaga = z.looseObject({ saga: z.string(), saga_id: z.string() });
const ofStep = ofSaga.extend({ step: z.string() });
const failure = { error: z.string() };

/** Schema of each event_type. */
export const sagaEvents = {
  "saga.started.v1": ofSaga,
  "saga.step.completed.v1": ofStep,
  /** The step has failed, and the saga is undone from here on. */
  "saga.step.failed.v1": ofStep.extend(failure),
  "saga.step.compensated.v1": ofStep,
  /** What undoes the step has failed, and is tried again. */
  "saga.compensation.failed.v1": ofStep.extend(failure),
  "saga.completed.v1": ofSaga,
  "saga.compensated.v1": ofSaga.extend({ error: z.nullable(z.string()) }),
} as const;
