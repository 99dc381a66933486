/** The relay takes nothing now; the queue shall deliver again after `retryAfter` seconds. */
export class NotTaking extends Error {
  override readonly name = "NotTaking";
  readonly retryAfter: number;

  constructor(reason: string, retryAfter: number, options?: ErrorOptions) {
    super(reason, options);
    this.retryAfter = retryAfter;
  }
}
