import type { Told } from "./spy.ts";

/** How a visit is cut short. */
export type Kill = "tab" | "browser";

/** What is known of one visit. */
export interface VisitLog {
  /** As requests name it. */
  name: string;
  /** What ended it, where that was no tab closed in order. */
  killed: Kill | undefined;
  /** What the visitor did, and when, in milliseconds since 1970. */
  steps: { at: number; what: string }[];
  /** What its pages told, in order. */
  told: Told[];
}

/** Of the visits of one profile the one that is measured, and those after it. */
export interface ProfileLog {
  first: VisitLog;
  /** The one after a kill, and the last. */
  later: VisitLog[];
}

/** An event that a page recorded. */
export type RecordedEvent = Extract<Told, { kind: "recorded" }>;

/** Starts a log. */
export const createLog = (name: string): VisitLog => ({ name, killed: undefined, steps: [], told: [] });

/** The events that were recorded in a visit. */
export const recordedIn = ({ told }: VisitLog): RecordedEvent[] => told.filter((one) => one.kind === "recorded");
