const FORM = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|\+00:00)$/;
const DAY = /^\d{4}-\d\d-\d\dT$/;

/**
 * Makes a reader of timestamps, which knows the last text and the last day that it read: a timestamp is asked for again and again while its
 * event is worked on, and the events of one batch are of one day.
 */
function createTimestampReader(): (text: string) => number {
  let lastText = "";
  let lastMs = NaN;
  const midnight = createDayReader();

  function parse(text: string): number {
    const start = midnight(text.slice(0, 11));
    if (Number.isNaN(start)) return NaN;
    if (text.length === 24 && text[19] === "." && text[23] === "Z" && text[13] === ":" && text[16] === ":") {
      const [hours, minutes, seconds] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
      const time = start + ((hours * 60 + minutes) * 60 + seconds) * 1000 + digits(text, 20, 23);
      return hours < 24 && minutes < 60 && seconds < 60 ? time : NaN;
    }
    return FORM.test(text) ? Date.parse(text) : NaN;
  }

  return (text) => {
    if (text === lastText) return lastMs;
    lastText = text;
    return (lastMs = parse(text));
  };
}

/** Makes a reader of days with their "T": when one begins, milliseconds since 1970; NaN where the calendar has no such day. */
function createDayReader(): (day: string) => number {
  let lastDay = "";
  let lastMidnight = NaN;
  return (day) => {
    if (day === lastDay) return lastMidnight;
    if (!DAY.test(day)) return NaN;
    // Date carries 30 February over into March: a day that exists comes back as itself.
    const date = new Date(`${day}00:00:00.000Z`);
    if (date.getUTCDate() !== Number(day.slice(8, 10))) return NaN;
    lastDay = day;
    return (lastMidnight = date.getTime());
  };
}

/**
 * Milliseconds since 1970 of a time that exists, in ISO 8601 and UTC (`Z` or `+00:00`), to at most nanoseconds, which are cut off; NaN for
 * any other text. One reader an isolate.
 */
export const timestampMs: (text: string) => number = /* @__PURE__ */ createTimestampReader();

/** Decimal digits as a number; NaN where there is anything else. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN;
  }
  return value;
}

/** True for a text of which {@link timestampMs} knows the time. */
export function isTimestamp(text: string): boolean {
  return !Number.isNaN(timestampMs(text));
}

/**
 * A timestamp moved back by whole milliseconds and written in one form: `Z`, at least milliseconds, the sender's finer digits kept. No
 * further back than 1970: years before 0 are written in another form.
 */
export function normalTimestamp(text: string, backByMs = 0): string {
  if (backByMs === 0 && text.length === 24) return text;
  const seconds = text.slice(0, 19);
  const fraction = (/\.(\d+)/.exec(text)?.[1] ?? "").padEnd(3, "0");
  if (backByMs === 0) return `${seconds}.${fraction}Z`;
  const moved = new Date(Math.max(0, Date.parse(`${seconds}.${fraction.slice(0, 3)}Z`) - backByMs)).toISOString();
  return `${moved.slice(0, -1)}${fraction.slice(3)}Z`;
}
