/** Settings of `createSender`. */
export interface SenderOptions {
  /** Base address of the collector; events go to `${endpoint}/v1/events`; one that ends so is used as it is. */
  endpoint: string;
  /** A server key: secret, sent as a bearer token. */
  key: string;
  /** Posts the requests. @default the global fetch */
  fetch?: typeof fetch | undefined;
  /** How often a request is made again after a network error, 408, 429 or 5xx. @default 5 */
  retries?: number | undefined;
  /** Milliseconds that one request may take. @default 30000 */
  timeout?: number | undefined;
}

/** What holds where an option is not given. */
export const SENDER_DEFAULTS = Object.freeze({ retries: 5, timeout: 30_000 });

/** Fills in the defaults; throws a TypeError that says what was expected where an option is wrong. */
export function readOptions(options: SenderOptions): SenderOptions & { retries: number; timeout: number } {
  const { endpoint, key, fetch, retries = SENDER_DEFAULTS.retries, timeout = SENDER_DEFAULTS.timeout } = options;
  expect(/^https?:\/\//.test(endpoint), "endpoint", "an http(s) address");
  expect(typeof key === "string" && key !== "", "key", "a server key");
  expect(Number.isInteger(retries) && retries >= 0, "retries", "a whole number from 0");
  expect(timeout > 0, "timeout", "a number of milliseconds above 0");
  return { endpoint, key, fetch, retries, timeout };
}

function expect(ok: boolean, name: string, expected: string): void {
  if (!ok) throw new TypeError(`createSender: ${name}: expected ${expected}`);
}
