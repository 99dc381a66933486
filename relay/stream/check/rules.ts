/** What must hold of a job's text, each of what went wrong without a word where it did not. */
import { type Finding, findings } from "../../bus/port/finding.ts";
import type { Facts } from "./facts.ts";

const { ok, warn, fail } = findings("sql");

/** Days in which an event may arrive (docs/design.md has 35), which is what copies and partners have to be known for. */
const ARRIVAL_DAYS = 35;
/** transaction.max.timeout.ms of a broker, as Kafka has it. */
export const BROKER_MAX_MS = 900_000;

/** Judges the text. `brokerMaxMs` is the brokers' transaction.max.timeout.ms. */
export function checkText(facts: Facts, brokerMaxMs: number): Finding[] {
  return [
    ...committed(facts),
    ...times(facts),
    ...unreadable(facts),
    ...idle(facts),
    ...checkpoints(facts),
    ...transactions(facts, brokerMaxMs),
    ...state(facts),
  ];
}

/** Flink reads records of transactions that were taken back, unless it is told. */
function committed({ sources }: Facts): Finding[] {
  const dirty = sources.filter(({ options }) => options.get("properties.isolation.level") !== "read_committed");
  if (dirty.length > 0)
    return [
      fail(
        `${names(dirty)}: also records of transactions that were taken back are read`,
        "'properties.isolation.level' = 'read_committed'",
      ),
    ];
  return sources.length === 0 ? [] : [ok("read_committed: what transactions took back is not read")];
}

/** A time with a Z is NULL for the format's own default. */
function times({ sources }: Facts): Finding[] {
  const wrong = sources.filter(({ options }) => options.get("json.timestamp-format.standard") !== "ISO-8601");
  return wrong.length === 0
    ? []
    : [fail(`${names(wrong)}: times of envelopes are not read`, "'json.timestamp-format.standard' = 'ISO-8601'")];
}

function unreadable({ sources }: Facts): Finding[] {
  const silent = sources.filter(({ options }) => options.get("json.ignore-parse-errors") === "true");
  if (silent.length === 0) return [];
  const wrong = silent.filter(({ options }) => options.get("json.decode.json-parser.enabled") !== "false");
  if (wrong.length > 0)
    return [
      fail(
        `${names(wrong)}: what stands behind a value that cannot be read is taken for something else`,
        "'json.decode.json-parser.enabled' = 'false' beside json.ignore-parse-errors",
      ),
    ];
  return [
    warn(
      `${names(silent)}: records that are no events are passed over, and not counted here`,
      "sightline verify --source kafka counts them and names their places",
    ),
  ];
}

/** Without it a topic without events holds state for ever; with it, and little lateness, a topic that stood still loses what it brings. */
function idle({ settings, sources }: Facts): Finding[] {
  const late = sources.filter(({ latenessDays }) => latenessDays !== undefined);
  if (late.length === 0) return [];
  const least = Math.min(...late.map(({ latenessDays }) => latenessDays!));
  const everywhere = settings.has("table.exec.source.idle-timeout");
  const without = late.filter(({ options }) => !everywhere && !options.has("scan.watermark.idle-timeout"));
  if (without.length > 0)
    return [
      warn(
        `${names(without)}: a partition without events holds the state of the join, which grows without end`,
        "'scan.watermark.idle-timeout' = '1 h'",
      ),
    ];
  if (least < 1)
    return [
      fail(
        `a partition that stood still for over ${least.toPrecision(2)} days loses what it then brings, without an error`,
        "a watermark of a day at least, and of the longest outage that you want to survive",
      ),
    ];
  return [ok(`an outage of up to ${least} days of a topic loses nothing`)];
}

function checkpoints({ settings, inserts }: Facts): Finding[] {
  if (inserts.length === 0) return [fail("no INSERT: the job writes nothing", "INSERT INTO a table of a sink")];
  if (settings.has("execution.checkpointing.interval")) return [];
  return [
    fail("no checkpoints: sinks show nothing, and a restart begins anew", "SET 'execution.checkpointing.interval' = '10 s'"),
  ];
}

/** Kafka refuses a longer timeout than the brokers', and the job begins again for ever while INSERT has returned. */
function transactions({ topicSinks }: Facts, brokerMaxMs: number): Finding[] {
  return topicSinks.map(({ name, options }) => {
    if (options.get("sink.delivery-guarantee") !== "exactly-once")
      return fail(`${name}: a restart writes events again`, "'sink.delivery-guarantee' = 'exactly-once'");
    const timeout = Number(options.get("properties.transaction.timeout.ms") ?? 3_600_000);
    if (timeout > brokerMaxMs)
      return fail(
        `${name}: transactions of ${timeout} ms, over the brokers' transaction.max.timeout.ms of ${brokerMaxMs}: the job begins again for ever`,
        `'properties.transaction.timeout.ms' = '${Math.min(600_000, brokerMaxMs)}'`,
      );
    return ok(`${name}: exactly once, in transactions that the brokers take`);
  });
}

/** Figures whose state goes begin again at 1; other state that stays grows without end. */
function state({ settings, inserts }: Facts): Finding[] {
  const days = ttlDays(settings.get("table.exec.state.ttl"));
  if (days === 0) return [warn("state is kept for ever, and grows without end", "SET 'table.exec.state.ttl' = '44 d'")];
  const short = days < ARRIVAL_DAYS;
  const falling = inserts.filter(({ sql }) => /\bGROUP\s+BY\b/i.test(sql) && !/STATE_TTL\([^)]*'0\s*s'/i.test(sql));
  return [
    ...(short
      ? [
          fail(
            `state of ${days} days: an event may come ${ARRIVAL_DAYS} days late, and is then counted twice or not joined`,
            "SET 'table.exec.state.ttl' = '44 d'",
          ),
        ]
      : []),
    ...falling.map(({ into }) =>
      fail(`${into}: figures begin again at 1 after ${days} quiet days`, "SELECT /*+ STATE_TTL('alias of its FROM' = '0s') */"),
    ),
    ...(!short && falling.length === 0 ? [ok(`state is kept for ${days} days, and figures for good`)] : []),
  ];
}

function ttlDays(text = "0"): number {
  const [, amount, unit = "ms"] = /^(\d+)\s*([a-z]*)/i.exec(text) ?? [];
  const perDay: Record<string, number> = {
    d: 1,
    day: 1,
    days: 1,
    h: 24,
    hour: 24,
    hours: 24,
    min: 1_440,
    m: 1_440,
    s: 86_400,
    ms: 86_400_000,
  };
  return Number(amount) / (perDay[unit.toLowerCase()] ?? 86_400_000);
}

function names(tables: readonly { name: string }[]): string {
  return tables.map(({ name }) => name).join(", ");
}
