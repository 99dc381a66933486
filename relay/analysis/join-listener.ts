/** What a joiner tells while it joins, for whoever counts more than its figures: by surface, by variant, over time. */

/** An item that was exposed to a unit under a request. */
export interface ExposedItem {
  /** Surface of the exposure; empty where it names none. */
  surface: string;
  /** The lowest position that it was exposed at so far. */
  position: number;
  /** Variants that were in force, `experiment_id/variant_id`. */
  variants: readonly string[];
  /** Joined clicks so far. */
  clicks: number;
  /** It has had an outcome. */
  acted: boolean;
}

/** An outcome as the joiner knows it. */
export interface Outcome {
  type: string;
  /** What `eventName` calls it. */
  name: string;
  /** Its own surface; empty where it names none. */
  surface: string;
}

/** Told of each thing once, in the order in which it is found out. */
export interface JoinListener {
  /** An item was decided for a surface, for the first time. */
  onDecided?(surface: string): void;
  /** An item that was decided for a surface was exposed, before or after. */
  onDecidedSeen?(surface: string): void;
  /**
   * An exposure that counts. `first`: of its item, whatever the placement; `basis`: how the view is known, empty where the event does not say.
   */
  onExposed?(exposure: { item: ExposedItem; position: number; first: boolean; basis: string }): void;
  /** An outcome is joined. `late`: it was an orphan until now. The item's `clicks` and `acted` are still those from before it. */
  onJoined?(outcome: Outcome, item: ExposedItem, late: boolean): void;
  /** An outcome is an orphan, so far. */
  onOrphan?(outcome: Outcome): void;
}
