import { ConfigError } from "../../lib/settings.ts";

/** The error of a Postgres that cannot be had, by the setting that has its address; nothing of the password. A ConfigError says what is missing itself. */
export function noPostgres(setting: string, address: string, cause: NodeJS.ErrnoException): Error {
  if (cause instanceof ConfigError) return cause;
  const { host, pathname } = new URL(address);
  const reason =
    cause.code === undefined || cause.message.includes(cause.code) ? cause.message : `${cause.code} ${cause.message}`;
  const message = `${setting}: Postgres at ${host}${pathname} cannot be had: ${reason.trim()}: is it running, and is the address right?`;
  return new Error(message, { cause });
}
