/** What stream jobs are rendered for: brokers, topics, catalog, and where everything is. */
import { resolve } from "node:path";
import type { BusConfig } from "../bus/settings.ts";
import type { KafkaOptions } from "../bus/adapters/kafka/settings.ts";
import { ConfigError } from "../lib/settings.ts";
import { addressOf } from "./address.ts";
import type { JobName, Sink } from "./jobs.ts";
import { kafkaProperties } from "./kafka-properties.ts";
import type { StreamOptions } from "./settings.ts";

/** Everything that the SQL of a job depends on. */
export interface Plan extends Omit<StreamOptions, "databaseUrl" | "catalogUrl" | "heapMb" | "flinkLib"> {
  brokers: string;
  /** More options of each table of Kafka, such as the login. */
  kafka: Record<string, string>;
  topicPrefix: string;
  /** Address of Postgres for JDBC, without a password; undefined where there is none. */
  jdbcUrl: string | undefined;
  /** Address of a REST catalog; undefined: the catalog is in Postgres. */
  catalogUrl: string | undefined;
  warehouse: string;
  attributedFiles: string;
  checkpoints: string;
  /** Ends when all that is in the topics is read. @default false */
  isOnce?: boolean;
}

/** The settings of a bus that stream jobs read; undefined of any other. */
export function kafkaOptionsOf({ options, place }: BusConfig): KafkaOptions | undefined {
  return ["kafka", "redpanda"].includes(place.publisher) ? (options as unknown as KafkaOptions) : undefined;
}

/** The plan of these settings. Throws a {@link ConfigError} where the bus is not Kafka. */
export function planOf(bus: BusConfig, options: StreamOptions, dataDir: string): Plan {
  const kafka = kafkaOptionsOf(bus);
  if (kafka?.brokers === undefined)
    throw new ConfigError([`EVENT_PUBLISHER: expected kafka or redpanda, which stream jobs read, got ${bus.place.publisher}`]);
  const { databaseUrl, catalogUrl, warehouse, heapMb: _, flinkLib: __, ...rest } = options;
  return {
    ...rest,
    brokers: kafka.brokers,
    kafka: kafkaProperties(kafka),
    topicPrefix: kafka.topicPrefix,
    jdbcUrl: databaseUrl === undefined ? undefined : jdbcUrl(databaseUrl),
    catalogUrl,
    warehouse: catalogUrl === undefined ? addressOf(warehouse ?? resolve(dataDir, "stream", "warehouse")) : (warehouse ?? ""),
    attributedFiles: addressOf(options.attributedFiles ?? resolve(dataDir, "stream", "attributed")),
    checkpoints: addressOf(options.checkpoints ?? resolve(dataDir, "stream", "checkpoints")),
  };
}

/** Throws a {@link ConfigError} where a setting is missing that a job with these sinks needs. */
export function requireSettings({ jdbcUrl: url, catalogUrl, warehouse }: Plan, job: JobName, sinks: readonly Sink[]): void {
  const problems: string[] = [];
  if (sinks.includes("postgres") && url === undefined)
    problems.push(`DATABASE_URL: expected a value, since ${job} writes to Postgres`);
  if (
    url?.startsWith("jdbc:postgresql:///") === true &&
    (sinks.includes("postgres") || (sinks.includes("iceberg") && catalogUrl === undefined))
  )
    problems.push("DATABASE_URL: expected a host, since Flink reaches Postgres by TCP, and by no socket");
  if (sinks.includes("iceberg") && url === undefined && catalogUrl === undefined)
    problems.push(
      `DATABASE_URL or STREAM_CATALOG_URL: expected a value, since ${job} writes Iceberg tables, which a catalog lists`,
    );
  if (sinks.includes("iceberg") && catalogUrl !== undefined && warehouse === "")
    problems.push("STREAM_WAREHOUSE: expected the warehouse's name, since STREAM_CATALOG_URL is set");
  if (problems.length > 0) throw new ConfigError(problems);
}

/**
 * As the JDBC driver takes an address. The password is left out: the driver takes it from the file that PGPASSFILE names. Who names no
 * user is, to either driver, the one that the operating system names.
 */
function jdbcUrl(url: string): string {
  const { host, pathname, username, searchParams } = new URL(url);
  searchParams.delete("password");
  if (username !== "") searchParams.set("user", decodeURIComponent(username));
  // Its own word for what JDBC's `require` does: encryption, whoever is at the other end.
  if (searchParams.get("sslmode") === "no-verify") searchParams.set("sslmode", "require");
  return `jdbc:postgresql://${host}${pathname || "/"}${searchParams.size > 0 ? `?${searchParams}` : ""}`;
}
