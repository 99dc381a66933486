/**
 * A connection to Redis that never does anything twice.
 *
 * By its defaults ioredis sends a command that was in flight again once it is connected again, so that an XADD is there twice. Told not to, it
 * leaves that command's promise pending for ever, unless no retry is allowed at all. So: no retries, no queue of commands that wait for
 * a connection, a deadline of its own for each command, and no reconnecting behind our back: the next call makes a new connection.
 */
import { Redis } from "ioredis";
import type { RedisOptions } from "./settings.ts";

const CONNECT_MS = 3_000;

interface ConnectOptions extends Pick<RedisOptions, "url" | "commandTimeoutMs"> {
  /** What the server shows of whoever is connected, in CLIENT LIST. */
  name?: string;
}

/** Connects once. Rejects with an Error that names the address where that cannot be done. */
export async function connectRedis({ url = "", commandTimeoutMs, name = "sightline" }: ConnectOptions): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    // Whatever speaks of Redis' kind speaks this; the newer protocol not.
    protocol: 2,
    connectionName: name,
    connectTimeout: CONNECT_MS,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  let reason: Error | undefined;
  redis.on("error", (error) => (reason ??= error));
  await redis.connect().catch((error: Error) => {
    redis.disconnect();
    // What `connect` rejects with says only that there is no connection.
    const cause: NodeJS.ErrnoException = reason ?? error;
    throw new Error(`${addressOf(url)}: ${cause.message || cause.code}`, { cause });
  });
  return redis;
}

/** A connection that is made when it is needed, and again when it is gone. */
export interface Connection {
  /** One that is ready. Rejects as {@link connectRedis}. */
  get(): Promise<Redis>;
  /** Ends it; what is under way on it rejects. The next `get` makes another. */
  drop(): void;
}

/** Makes it; nothing is connected before `get`. */
export function createConnection(options: ConnectOptions): Connection {
  let current: Redis | undefined;
  let connecting: Promise<Redis> | undefined;
  return {
    async get() {
      if (current?.status === "ready") return current;
      connecting ??= connectRedis(options).finally(() => (connecting = undefined));
      return (current = await connecting);
    },
    drop() {
      // For a while it would still say that it is ready.
      current?.disconnect();
      current = undefined;
      connecting?.then(
        (redis) => redis.disconnect(),
        () => {},
      );
    },
  };
}

/** Host, port and database of an address, without what is secret in it. */
export function addressOf(url: string | undefined): string {
  if (url === undefined) return "no address";
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port || "6379"}${pathname.length > 1 ? pathname : ""}`;
}

/** Whether the server itself said no: the command was not done. */
export function isReply(error: unknown): error is Error {
  return (error as Error).name === "ReplyError";
}
