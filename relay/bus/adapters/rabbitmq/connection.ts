/** Connections to RabbitMQ. Publishers and consumers have one each: under an alarm the server stops reading from whoever publishes. */
import { type ChannelModel, connect } from "amqplib";
import type { RabbitmqOptions } from "./settings.ts";

const CONNECT_MS = 3_000;
const HEARTBEAT_SECONDS = 10;

/** Connects. Rejects with an Error that names the address. */
export async function connectRabbitmq({ url = "" }: Pick<RabbitmqOptions, "url">, name: string): Promise<ChannelModel> {
  const address = new URL(url);
  if (!address.searchParams.has("heartbeat")) address.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
  const how = { timeout: CONNECT_MS, noDelay: true, clientProperties: { connection_name: name } };
  const model = await connect(address.href, how).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${addressOf(url)}: ${cause.message || cause.code}`, { cause });
  });
  // Told by what is under way on it, and by its end.
  model.on("error", () => {});
  return model;
}

/** Ends a connection at once, also one that the server does not read from any more; what is under way on it rejects. */
export async function endConnection(model: ChannelModel, ms: number): Promise<void> {
  const closing = model.close().catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([closing, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}

/** Host, port and virtual host of an address, without what is secret in it. */
export function addressOf(url: string | undefined): string {
  if (url === undefined) return "no address";
  const { protocol, hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || (protocol === "amqps:" ? "5671" : "5672")}${pathname.length > 1 ? pathname : ""}`;
}
