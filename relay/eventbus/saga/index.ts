export { defineSaga, type Saga, type SagaData, type SagaStep, type StepContext } from "./define-saga.ts";
export { sagaEvents } from "./events.ts";
export { createSagas, type Sagas, type SagasOptions } from "./sagas.ts";
export type { SagaState, SagaStatus } from "./state.ts";
export { migrateSagas } from "./store.ts";
