import process from "node:process";

/** How often the line is written, at most: milliseconds. */
const EVERY_MS = 100;

/** One line on stderr that is written over, on a terminal only. */
export interface Progress {
  /** Shows `text`, not more often than the eye can read. */
  show(text: string): void;
  /** Removes the line, before anything else is said. */
  clear(): void;
}

/** Makes a {@link Progress}. */
export function createProgress(): Progress {
  let last = 0;
  let shown = false;
  const write = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
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
