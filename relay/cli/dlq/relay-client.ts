/** Posts deliveries to a running relay, as the queue's consumer does. */
import { type Delivery, type DeliveryAnswer, type Verdict, writeDelivery } from "@sightline/worker/delivery";
import { readRetryAfter } from "@sightline/worker/read-retry-after";

/** How long the relay may take for a delivery, milliseconds; its own deadline is a minute. */
const TIMEOUT_MS = 90_000;
/** When to ask again where the relay did not say, seconds. */
const AGAIN_SECONDS = 2;

/** The relay took nothing of a delivery, and will take it later. */
export class RelayBusy extends Error {
  override readonly name = "RelayBusy";
  /** Seconds to wait. */
  readonly retryAfter: number;
  /** Whether a relay answered at all. */
  readonly answered: boolean;

  constructor(reason: string, retryAfter: number, answered: boolean, options?: ErrorOptions) {
    super(reason, options);
    this.retryAfter = retryAfter;
    this.answered = answered;
  }
}

interface RelayClientOptions {
  /** Address of the relay, for example `http://127.0.0.1:8788`. */
  url: string;
  token: string;
}

/** A function that delivers: resolves with a verdict for each message; rejects with {@link RelayBusy}, or an Error that waiting does not cure. */
export function createRelayClient({ url, token }: RelayClientOptions): (delivery: Delivery) => Promise<Verdict[]> {
  const address = new URL("/v1/deliveries", url).href;
  return async (delivery) => {
    const response = await post(address, token, writeDelivery(delivery));
    if (response.ok) return ((await response.json()) as DeliveryAnswer).verdicts;
    const said = (await response.text()).slice(0, 300);
    if (response.status === 401) throw new Error(`the relay at ${url} refuses RELAY_TOKEN: expected the token that it runs with`);
    if (response.status === 404) {
      throw new Error(`nothing takes deliveries at ${address}: expected the address of a relay that runs with RELAY_TOKEN set`);
    }
    if (response.status < 500 && response.status !== 429)
      throw new Error(`the relay at ${url} answered ${response.status}: ${said}`);
    const seconds = readRetryAfter(response.headers.get("retry-after"));
    throw new RelayBusy(`the relay answered ${response.status}: ${said}`, seconds > 0 ? seconds : AGAIN_SECONDS, true);
  };
}

async function post(address: string, token: string, body: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/x-ndjson" };
  try {
    return await fetch(address, { method: "POST", headers, body, signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "error" });
  } catch (cause) {
    const { message, cause: deeper } = cause as Error;
    const why = deeper instanceof Error ? deeper.message : message;
    throw new RelayBusy(`no relay answers at ${address}: ${why}`, AGAIN_SECONDS, false, { cause });
  }
}
