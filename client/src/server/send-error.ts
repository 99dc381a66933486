import type { BatchAnswer } from "../wire/index.ts";

/** The collector refused a request as such, for good: a wrong key, a wrong address, an unreadable body. */
export class SendError extends Error {
  override readonly name = "SendError";
  /** The collector's code. A response that is not the collector's refuses nothing: its events are in `errors` as `unavailable`. */
  readonly code: string;
  /** What became of the events before. */
  readonly answer: BatchAnswer;

  constructor(code: string, message: string, answer: BatchAnswer) {
    super(message);
    this.code = code;
    this.answer = answer;
  }
}
