/** Whether the relay takes deliveries: one place knows, and everybody asks it. */

/** The state of the intake: open, or closed for a reason. */
export interface Intake {
  /** Why nothing is taken, in words for `/readyz` and the log; undefined while the relay takes. */
  notTaking(): string | undefined;
  /** Closes it for good: the relay ends. */
  stop(): void;
  /** The bus is open, or it is closed for this reason. */
  setBus(closed: string | undefined): void;
  /** Whether the bus is open. */
  isBusOpen(): boolean;
}

interface IntakeOptions {
  /** Why the bus will never be open. */
  disabledBy: string | undefined;
  others: (() => string | undefined)[];
}

/**
 * Makes it, closed until the bus is open. Of several reasons the first is told: the relay ends, the bus is not open, then those of `others`,
 * which are asked in their order each time.
 */
export function createIntake({ disabledBy, others }: IntakeOptions): Intake {
  let isStopping = false;
  let bus: string | undefined = disabledBy ?? "the bus is not open yet";
  const firstOf = (): string | undefined => {
    for (const other of others) {
      const reason = other();
      if (reason !== undefined) return reason;
    }
    return undefined;
  };
  return {
    notTaking: () => (isStopping ? "the relay is stopping" : (bus ?? firstOf())),
    stop: () => void (isStopping = true),
    setBus: (closed) => void (bus = closed),
    isBusOpen: () => bus === undefined,
  };
}
