/** The relay's log: lines of JSON by pino. Ids, figures and reasons; never a payload, never a secret. */
import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "../settings/config.ts";

/** A secret that is shorter could be a part of any word, and striking it out would tell more than it hides. */
const SHORTEST_SECRET = 4;
/** Causes of an error that are told, at most. */
const CAUSES = 4;

/**
 * Makes the log, at LOG_LEVEL. A secret's value is struck out of every line, wherever it came from: a library's message may quote what
 * it was given. @default destination stdout
 */
export function createLogger(
  { service: { logLevel }, secrets: given }: Pick<Config, "service" | "secrets">,
  destination?: DestinationStream,
): Logger {
  const long = given.filter((value) => value.length >= SHORTEST_SECRET);
  const secrets = long.flatMap((value) => [value, JSON.stringify(value).slice(1, -1)]);
  const options = {
    name: "relay",
    level: logLevel,
    serializers: { err: errorFacts },
    hooks: { streamWrite: (line: string) => secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line) },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** What is told of an error: libraries hang requests with their headers and bodies on theirs, so nothing else goes out. */
function errorFacts(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  const code = (error as Partial<{ code: unknown }>).code;
  return {
    type: name,
    message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(depth === 0 ? { stack } : {}),
    ...(cause === undefined || depth === CAUSES ? {} : { cause: errorFacts(cause, depth + 1) }),
  };
}
