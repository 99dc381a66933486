/** Shows how far a work is: a bar that is written over on a terminal, else a line for each tenth. Work of less than a second shows nothing. */
const WIDTH = 30;
/** Milliseconds before the first showing, and at least so many between two on a terminal. */
const QUIET_MS = 1_000;
const PAUSE_MS = 100;

/** Told how many of all are done. */
export type Progress = (done: number, total: number) => void;

/** Makes the display of a work on `out`; `unit` is what is counted: "events". */
export function createProgress(unit: string, out: NodeJS.WriteStream): Progress {
  const began = performance.now();
  let shownAt = began + QUIET_MS - PAUSE_MS;
  let tenth = 0;
  return function progress(done, total) {
    const now = performance.now();
    const isEnd = done === total && shownAt > began + QUIET_MS;
    if (now - shownAt < PAUSE_MS && !isEnd) return;
    const share = total === 0 ? 1 : done / total;
    const perSecond = Math.round(done / Math.max(0.001, (now - began) / 1000));
    const text = `${format(done)} of ${format(total)} ${unit}, ${format(perSecond)} a second`;
    if (out.isTTY) {
      const filled = Math.round(share * WIDTH);
      out.write(`\r\u001B[K[${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${text}${done === total ? "\n" : ""}`);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      out.write(`${text}\n`);
    }
    shownAt = now;
  };
}

/** A whole number as people read it. */
export function format(value: number): string {
  return value.toLocaleString("en-GB");
}
