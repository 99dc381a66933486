/** How often the line is written, at most: milliseconds. */
const EVERY_MS = 100;

/** One line that is written over, on a terminal only. */
export interface ProgressLine {
  /** Shows `text`, not more often than the eye can read. */
  show(text: string): void;
  /** Removes the line, before anything else is said. */
  clear(): void;
}

/** Makes a {@link ProgressLine} on `out`. */
export function createProgressLine(out: NodeJS.WritableStream & { isTTY?: boolean }): ProgressLine {
  let last = Number.NEGATIVE_INFINITY;
  let shown = false;
  const write = (text: string): void => {
    if (out.isTTY) out.write(`\r\u001B[K${text}`);
    shown = text !== "";
  };
  return {
    show(text) {
      const now = performance.now();
      if (now - last < EVERY_MS) return;
      last = now;
      write(text);
    },
    clear() {
      if (shown) write("");
    },
  };
}
