/** The port of sources: where the relay's deliveries come from. test/contract/source holds what each of them must do. */
import type { Delivery, Verdict } from "@sightline/worker/delivery";
import type { Logger } from "pino";
import type { Room } from "./budget.ts";

/** A delivery, and whom to tell when nobody reads its bytes any more; told of no other than one of which all is on the bus at the first attempt. */
export interface TakenDelivery extends Delivery<Buffer> {
  reuse?: () => void;
}

/** Takes a delivery, in room that was held for it or not; resolves with a verdict for each message. Rejects with a NotTaking where the relay takes nothing now. */
export type Take = (delivery: TakenDelivery, room?: Room) => Promise<Verdict[]>;

/** Room in the relay for a delivery of so many bytes, before they are read; take gives it back. Throws a NotTaking where there is none. */
export type Hold = (bytes: number) => Room;

/** A way in which deliveries reach the relay. A message is acked only when its verdict says so, and that is the last thing done with it. */
export interface Source {
  readonly name: "push" | "pull";
  /** Begins to take. Throws nothing: what is wrong is told by `trouble`, and tried again. */
  start(): void;
  /** Why nothing comes in although the relay takes; undefined where nothing is wrong. */
  trouble(): string | undefined;
  /** Takes no more. Resolves when what was taken has its verdict with the queue; does not reject. */
  stop(): Promise<void>;
}

/** What every source is made with. */
export interface SourceParts {
  /** Gives a delivery to the pipeline. */
  take: Take;
  /** Why nothing is to be taken now; undefined while the relay takes. */
  notTaking: () => string | undefined;
  log: Logger;
}
