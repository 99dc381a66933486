/** Reads the settings from the environment, and names every wrong one at once. */
import type { z } from "zod";
import { ALIASES, type Config, SECRETS, settings } from "./settings.ts";

export type { Config };

/** Settings are wrong; the message has a line for each, with what was expected. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** The settings. Throws a {@link ConfigError}. Empty variables count as unset. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    const target = ALIASES[name] ?? name;
    if (value !== undefined && value !== "" && (target === name || !env[target])) given[target] = value;
  }
  const parsed = settings.safeParse(given);
  const problems = parsed.success ? missing(parsed.data) : parsed.error.issues.map((issue) => explain(issue, given));
  if (problems.length > 0 || !parsed.success)
    throw new ConfigError(`wrong settings:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  return parsed.data;
}

/** A row of `sightline config`. */
export interface ConfigRow {
  name: string;
  /** The value in force; secrets as `(set)`. */
  value: string;
  /** Whether it comes from the environment. */
  set: boolean;
  doc: string;
}

/** Every setting with its value in force. */
export function configRows(config: Config, env: NodeJS.ProcessEnv): ConfigRow[] {
  const aliases = Object.entries(ALIASES);
  return Object.entries(settings.shape).map(([name, schema]) => {
    const value = config[name as keyof Config];
    return {
      name,
      value: value === undefined ? "" : SECRETS.has(name) ? "(set)" : textOf(value),
      set: Boolean(env[name]) || aliases.some(([alias, target]) => target === name && Boolean(env[alias])),
      doc: (schema as z.ZodType).description ?? "",
    };
  });
}

function textOf(value: unknown): string {
  return typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : String(value);
}

function missing(config: Config): string[] {
  const problems: string[] = [];
  const publisher = config.EVENT_PUBLISHER;
  if ((publisher === "kafka" || publisher === "redpanda") && config.KAFKA_BROKERS === undefined) {
    problems.push(`KAFKA_BROKERS: host:port of the brokers was expected, since EVENT_PUBLISHER is ${publisher}`);
  }
  if (publisher === "kinesis") {
    for (const name of ["KINESIS_STREAM", "KINESIS_REGION"] as const) {
      if (config[name] === undefined) problems.push(`${name}: expected, since EVENT_PUBLISHER is kinesis`);
    }
  }
  if (config.KAFKA_SASL_MECHANISM !== undefined) {
    for (const name of ["KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const) {
      if (config[name] === undefined) problems.push(`${name}: expected, since KAFKA_SASL_MECHANISM is set`);
    }
  }
  if ((config.KAFKA_TLS_CERT_FILE === undefined) !== (config.KAFKA_TLS_KEY_FILE === undefined)) {
    problems.push("KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE: both or neither was expected");
  }
  if (config.SOURCE === "pull") {
    for (const name of ["CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_QUEUE_IDS", "CLOUDFLARE_API_TOKEN"] as const) {
      if (config[name] === undefined) problems.push(`${name}: expected, since SOURCE is pull`);
    }
  }
  return problems;
}

function explain(issue: z.core.$ZodIssue, given: Record<string, string>): string {
  const name = String(issue.path[0]);
  const got = given[name] === undefined ? "nothing" : SECRETS.has(name) ? "another value" : JSON.stringify(given[name]);
  const expected = issue.code === "invalid_value" ? `one of ${issue.values.join(", ")} was expected` : issue.message;
  return `${name}: ${expected}, got ${got}`;
}
