import type { ProjectEventType } from "./event-type.ts";

/** The own types of a project that has none: what tsconfig.json's `paths` names, and so what holds without an `[alias]`. */
export const projectEvents: readonly ProjectEventType[] = [];
