import { buildCollector } from "../../dev/collector-build.ts";
import { launchChromium } from "../../test/services/chromium.ts";
import { startSite } from "../../test/client/stage/site.ts";
import type { Bench, BenchOptions, BenchReport } from "../lib/bench.ts";
import { machine } from "../lib/machine.ts";
import { openBroker } from "../relay/broker.ts";
import { figures, limits, type Measured, report } from "./report.ts";
import { runWay } from "./run-way.ts";
import { settings } from "./settings.ts";

/** The whole way, from track() in a page to a Kafka consumer. Throws where there is no Chromium or Kafka, or an event does not arrive exactly once. */
export const benchLatency: Bench = {
  title: "End to end",
  names: ["default", "low-latency"],
  rounds: 1,
  run,
};

async function run({ only, rounds, quick, say }: BenchOptions): Promise<BenchReport> {
  const head = machine();
  await using undo = new AsyncDisposableStack();
  const build = await buildCollector();
  say("starting Kafka and Chromium");
  const broker = await openBroker();
  undo.defer(broker.close);
  const chromium = await launchChromium();
  undo.defer(chromium.close);
  const site = await startSite();
  undo.defer(site.close);
  const ground = { build, broker, browser: chromium.browser, site: site.url };
  const measured: Measured[] = settings(build)
    .filter(({ name }) => !only || only.includes(name))
    .map((setting) => ({ setting, timed: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const { setting, timed } of measured) {
      const seconds = quick ? setting.quickSeconds : setting.seconds;
      say(`${setting.name}: pages record for ${seconds} s`);
      timed.push(...(await runWay(ground, setting, seconds)));
    }
  }
  const verdicts = limits(measured);
  const json = {
    machine: head,
    verdicts,
    settings: measured.map(({ setting, timed }) => ({ setting, figures: figures(timed) })),
  };
  return { text: report(measured, verdicts, head), json, verdicts };
}
