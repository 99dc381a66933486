import type { Client } from "pg";
import { ConfigError } from "../../lib/settings.ts";

/** How a connection differs from the usual one. */
interface ConnectOptions {
  /** After so many milliseconds without a statement the server ends a transaction, and with it what that held. @default the server's own */
  idleInTransactionMs?: number;
}

/** A dead machine at the other end is found out in half a minute, and its locks are given up, instead of in two hours. */
const KEEP_ALIVE =
  "SELECT set_config('tcp_keepalives_idle', '15', false), set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)";

/** A connection to Postgres. Rejects while it cannot be had, and with a ConfigError where the package is missing. */
export async function connectPostgres(connectionString: string, { idleInTransactionMs }: ConnectOptions = {}): Promise<Client> {
  const { Client: Connection } = await import("pg").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new ConfigError(["DATABASE_URL: Postgres needs a package: npm install pg"]);
  });
  const client = new Connection({
    connectionString,
    application_name: "sightline",
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    ...(idleInTransactionMs === undefined ? {} : { idle_in_transaction_session_timeout: idleInTransactionMs }),
  });
  // Without a listener an error of an idle connection would end the process; whoever uses it next is told.
  client.on("error", () => {});
  await client.connect();
  await client.query(KEEP_ALIVE);
  return client;
}
