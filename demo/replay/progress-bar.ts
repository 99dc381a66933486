/** Shows how far a work is: a bar that is written over on a terminal, else a line for each tenth. Work of less than a second shows nothing. */
import { formatNumber } from "../../relay/lib/format-number.ts";
import { createProgressLine } from "../../relay/lib/progress-line.ts";

const WIDTH = 30;
/** Milliseconds before the first showing. */
const QUIET_MS = 1_000;

/** Told how many of all are done. */
export type ProgressBar = (done: number, total: number) => void;

/** Makes the display of a work on `out`; `unit` is what is counted: "events". */
export function createProgressBar(unit: string, out: NodeJS.WriteStream): ProgressBar {
  const began = performance.now();
  const line = createProgressLine(out);
  let tenth = 0;
  return function showProgress(done, total) {
    const ms = performance.now() - began;
    if (ms < QUIET_MS) return;
    const share = total === 0 ? 1 : done / total;
    const perSecond = formatNumber(Math.round((done / ms) * 1000));
    const text = `${formatNumber(done)} of ${formatNumber(total)} ${unit}, ${perSecond} a second`;
    if (out.isTTY) {
      const filled = Math.round(share * WIDTH);
      const bar = `[${"=".repeat(filled)}${" ".repeat(WIDTH - filled)}] ${text}`;
      if (done < total) return line.show(bar);
      line.clear();
      out.write(`${bar}\n`);
    } else if (Math.floor(share * 10) > tenth) {
      tenth = Math.floor(share * 10);
      out.write(`${text}\n`);
    }
  };
}
