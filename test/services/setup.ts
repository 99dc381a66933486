/**
 * Vitest's global setup: what tests need to run against is started once for the whole run, and provided by its name. Whatever is started
 * here ends with this process.
 */
import type { TestProject } from "vitest/node";
import { buildCollector, type CollectorBuild } from "../../dev/collector-build.ts";
import { type KafkaService, obtainKafka } from "./kafka.ts";
import { type MotoService, obtainMoto } from "./moto.ts";
import { obtainRabbitmq, type RabbitmqService } from "./rabbitmq.ts";
import { obtainPstest, type PstestService } from "./pstest.ts";
import { obtainRedis, type RedisService } from "./redis.ts";
import { obtainPostgres, type PostgresService } from "./postgres.ts";
import { serveChromiums } from "./shared-chromium.ts";

declare module "vitest" {
  export interface ProvidedContext {
    kafka: KafkaService;
    moto: MotoService;
    pstest: PstestService;
    redis: RedisService;
    postgres: PostgresService;
    rabbitmq: RabbitmqService;
    /** What wrangler makes of the collector. */
    collector: CollectorBuild;
    /** Address of what starts a Chromium for each worker. */
    chromium: string;
  }
}

type Name = "kafka" | "moto" | "pstest" | "redis" | "rabbitmq" | "postgres" | "collector" | "chromium";

/** What the tests of each project need. */
const NEEDS: Record<string, readonly Name[]> = {
  process: ["moto", "pstest", "redis", "rabbitmq", "postgres"],
  workerd: ["collector"],
  browser: ["collector", "chromium"],
  "browser-timed": ["collector", "chromium"],
  kafka: ["kafka", "moto", "redis", "postgres"],
  faults: ["kafka"],
  e2e: ["kafka", "collector", "chromium", "postgres"],
};

interface Started {
  value: unknown;
  stop?: (() => Promise<void>) | undefined;
}

const START: Record<Name, () => Promise<Started>> = {
  async kafka() {
    const { stop, ...value } = await obtainKafka();
    return { value, stop };
  },
  async moto() {
    const { stop, ...value } = await obtainMoto();
    return { value, stop };
  },
  async redis() {
    const { stop, ...value } = await obtainRedis();
    return { value: "url" in value ? { url: value.url } : value, stop };
  },
  async postgres() {
    const { stop, ...value } = await obtainPostgres();
    return { value, stop };
  },
  async rabbitmq() {
    const { stop, ...value } = await obtainRabbitmq();
    return { value: "url" in value ? { url: value.url } : value, stop };
  },
  async pstest() {
    const { stop, ...value } = await obtainPstest();
    return { value, stop };
  },
  collector: async () => ({ value: await buildCollector() }),
  async chromium() {
    const { url, stop } = await serveChromiums();
    return { value: url, stop };
  },
};

/** Vitest loads this file again for each project; what is started is the run's. */
const wholeRun = globalThis as { sightlineServices?: Map<Name, { started: Promise<Started>; users: number }> };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const services = (wholeRun.sightlineServices ??= new Map());
  const needs = NEEDS[project.name] ?? [];
  await Promise.all(
    needs.map(async (name) => {
      const service = services.get(name) ?? { started: START[name](), users: 0 };
      services.set(name, service);
      service.users++;
      project.provide(name, (await service.started).value as never);
    }),
  );
  if (needs.includes("collector")) {
    // Only while sources are watched: they may have changed.
    project.onTestsRerun(async () => project.provide("collector", await buildCollector()));
  }
  return async () => {
    for (const name of needs) {
      const service = services.get(name);
      if (!service || --service.users > 0) continue;
      services.delete(name);
      await (await service.started).stop?.();
    }
  };
}
