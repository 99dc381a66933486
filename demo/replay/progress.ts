/** Shows how far the sending is: a bar that is written over on a terminal, else a line for each tenth. */
const WIDTH = 30;

/** Told how many of all are done. */
export type Progress = (done: number) => void;

/** Makes the display of `total` events on `out`. */
export function createProgress(total: number, out: NodeJS.WriteStream): Progress {
  const began = performance.now();
  let tenth = 0;
  return function progress(done) {
    const share = total === 0 ? 1 : done / total;
    const perSecond = Math.round(done / Math.max(0.001, (performance.now() - began) / 1000));
    const text = `${format(done)} of ${format(total)} events, ${format(perSecond)} a second`;
    if (out.isTTY) {
      const filled = Math.round(share * WIDTH);
      out.write(`\r\u001B[K[${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${text}${done === total ? "\n" : ""}`);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      out.write(`${text}\n`);
    }
  };
}

/** A whole number as people read it. */
export function format(value: number): string {
  return value.toLocaleString("en-GB");
}
