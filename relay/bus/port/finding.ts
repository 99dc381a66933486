/** What a check of `sightline doctor` found. */
export interface Finding {
  /** What was looked at: config, relay, queue, bus, slot, store, clock. */
  check: string;
  /** `fail`: the relay does not work so. `warn`: it works, and somebody should know. */
  verdict: "ok" | "warn" | "fail";
  found: string;
  /** What to do. */
  advice?: string;
}

/** Makes the findings of one check. */
export function findings(check: string) {
  return {
    ok: (found: string): Finding => ({ check, verdict: "ok", found }),
    warn: (found: string, advice: string): Finding => ({ check, verdict: "warn", found, advice }),
    fail: (found: string, advice: string): Finding => ({ check, verdict: "fail", found, advice }),
  };
}

/** The reason of an error: what `fetch` says of a refused connection is only in its cause, and there sometimes only a code. */
export function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  if (!(cause instanceof Error) || (cause.message !== "" && message.startsWith(cause.message))) return message;
  return cause.message || String((cause as NodeJS.ErrnoException).code ?? message);
}
