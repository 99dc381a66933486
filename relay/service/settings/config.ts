/** Reads the settings of the relay and the command line from the environment, and names every wrong one at once. */
import type { z } from "zod";
import { ADAPTERS, type BusConfig, busSettings, readBusConfig } from "../../bus/settings.ts";
import { policySettings } from "../../bus/policy/settings.ts";
import type { Adapter } from "../../bus/port/adapter.ts";
import { outboxSettings, type OutboxSettings } from "../../eventbus/outbox/settings.ts";
import { postgresStoreSettings, type PostgresStoreSettings } from "../../stores/postgres/settings.ts";
import { addProblems, ConfigError, readSettings, type Setting, textOf } from "../../lib/settings.ts";
import { type ArchiveOptions, archiveSettings } from "../../stores/archive/settings.ts";
import { type IcebergOptions, icebergSettings } from "../../stores/iceberg/settings.ts";
import { parquetStoreSettings, type ParquetStoreSettings } from "../../stores/parquet/settings.ts";
import { type StreamOptions, streamSettings } from "../../stream/settings.ts";
import { type CloudflareOptions, cloudflareSettings } from "./cloudflare.ts";
import { type ServiceOptions, serviceSettings } from "./service.ts";

/** The settings as the relay uses them. */
export interface Config {
  bus: BusConfig;
  service: ServiceOptions;
  cloudflare: CloudflareOptions;
  outbox: OutboxSettings;
  archive: ArchiveOptions;
  parquetStore: ParquetStoreSettings;
  postgresStore: PostgresStoreSettings;
  stream: StreamOptions;
  iceberg: IcebergOptions;
  /** Values that no log may show. */
  secrets: string[];
}

/** Settings that belong together. */
export interface SettingGroup {
  title: string;
  settings: Setting[];
}

/** Every setting there is, in the order in which people read them; one that two adapters have in common is with the first. */
export function settingGroups(adapters: readonly Adapter[] = ADAPTERS): SettingGroup[] {
  const listed = new Set<Setting>();
  const once = (one: Setting): boolean => listed.size < listed.add(one).size;
  const groups = [
    { title: "Bus", settings: busSettings(adapters) },
    ...adapters,
    { title: "Retry and breakers", settings: policySettings },
    { title: "Relay", settings: serviceSettings },
    { title: "Cloudflare", settings: cloudflareSettings },
    { title: "Outbox", settings: outboxSettings },
    { title: "Archive", settings: archiveSettings },
    { title: "Parquet store", settings: parquetStoreSettings },
    { title: "Postgres store", settings: postgresStoreSettings },
    { title: "Stream jobs", settings: streamSettings },
    { title: "Iceberg", settings: icebergSettings },
  ].map(({ title, settings }) => ({ title, settings: Object.values(settings).filter(once) }));
  return groups.filter(({ settings }) => settings.length > 0);
}

/** Reads the settings. Throws a {@link ConfigError}. Empty variables count as unset. */
export function readConfig(env: NodeJS.ProcessEnv, adapters: readonly Adapter[] = ADAPTERS): Config {
  const own: string[] = [];
  const service = readSettings(serviceSettings, env, own);
  const cloudflare = readSettings(cloudflareSettings, env, own);
  const outbox = readSettings(outboxSettings, env, own);
  const archive = readSettings(archiveSettings, env, own);
  const parquetStore = readSettings(parquetStoreSettings, env, own);
  const iceberg = readSettings(icebergSettings, env, own);
  const ofStore: string[] = [];
  const postgresStore = readSettings(postgresStoreSettings, env, ofStore);
  addProblems(own, ofStore);
  const ofStream: string[] = [];
  const stream = readSettings(streamSettings, env, ofStream);
  addProblems(own, ofStream);
  const problems: string[] = [];
  const bus = readBusConfig(env, service, problems, adapters);
  problems.push(...own);
  if (service.source === "pull") {
    const { accountId, queueIds, apiToken } = cloudflareSettings;
    const missing = [accountId, queueIds, apiToken].filter((one) => textOf(one, env) === undefined);
    addProblems(
      problems,
      missing.map(({ variable }) => `${variable}: expected a value, since SOURCE is pull`),
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const secret = settingGroups(adapters).flatMap(({ settings }) => settings.filter((one) => one.secret));
  return {
    bus,
    service,
    cloudflare,
    outbox,
    archive,
    parquetStore,
    postgresStore,
    stream,
    iceberg,
    secrets: secret.flatMap((one) => textOf(one, env) ?? []),
  };
}

/** A row of `sightline config`. */
export interface ConfigRow {
  /** Heading that it stands under. */
  group: string;
  name: string;
  /** The value in force; secrets as `(set)`. */
  value: string;
  /** Whether it comes from the environment. */
  set: boolean;
  doc: string;
}

/** Every setting with its value in force. Throws a {@link ConfigError}. */
export function configRows(env: NodeJS.ProcessEnv, adapters: readonly Adapter[] = ADAPTERS): ConfigRow[] {
  readConfig(env, adapters);
  return settingGroups(adapters).flatMap(({ title, settings }) =>
    settings.map((one) => {
      const text = textOf(one, env);
      return { group: title, name: one.variable, value: valueOf(one, text), set: text !== undefined, doc: docOf(one) };
    }),
  );
}

/** What a setting means. */
export function docOf({ schema }: Setting): string {
  return schema.description ?? "";
}

/** The value of a setting, as people read it. @default its default */
export function valueOf({ schema, secret }: Setting, text?: string): string {
  const value = (schema as z.ZodType).parse(text);
  if (value === undefined) return "";
  if (secret) return "(set)";
  return typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : String(value);
}
