/** What a command reads from and writes to: the streams of its process, or those of a test. */

/** A stream for text; a terminal says so, and how wide it is. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; hasColors?(): boolean };

/** Everything of the outside that a command has, but for its environment. */
export interface Io {
  /** Whoever is at the terminal, to be asked. */
  readonly stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** The result. */
  readonly stdout: Output;
  /** Anything else: progress, warnings, errors. */
  readonly stderr: Output;
  /**
   * For a command that runs until it is told to end: aborted by Ctrl-C or SIGTERM. Without this call they end the process at once.
   */
  stopSignal(): AbortSignal;
}
