/** Whom an element's visibility is told. */
export interface Watch {
  /** What it is about: when the same is asked for again, its second goes on. */
  key: string;
  /** It is laid out, with content. */
  onRendered(): void;
  /** It was seen, and is watched no longer. */
  onSeen(): void;
  /** It has been in view for 10 seconds, and shows nothing. */
  onEmpty(): void;
}

/** What is known of a watched element. */
export interface View extends Watch {
  /** Whose box is measured: its own, or that of the largest within. */
  box?: Element;
  hasArea?: boolean;
  /** Enough of it is in view, as far as the observer knows. */
  isIn?: boolean;
  isRendered?: boolean;
  /** How often it was looked at without anything to see. */
  looks?: number;
}
