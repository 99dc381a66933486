import { launchChromium, type Chromium } from "../../test/services/chromium.ts";
import type { Host } from "./host.ts";
import { runPage, type Run } from "./run-page.ts";
import type { Scenario } from "./scenarios.ts";

/** The figures of one run; bytes an event count the events that came, each once. */
export interface Sample {
  /** Of the loop; 0 where there is none to be timed. */
  syncMs: number;
  taskMs: number;
  /** Of all processes of the browser. */
  cpuMs: number;
  longestMs: number;
  requests: number;
  bodyPerEvent: number;
  wirePerEvent: number;
  heapBytes: number;
  /** Distinct events that came. */
  events: number;
}

/** What came of a scenario: a sample for each round, or why there are no more. */
export interface Measured {
  scenario: Scenario;
  samples: Sample[];
  /** Why a round was not finished; there are no rounds after it. */
  failure?: string;
}

/** Runs every scenario once a round, each round beginning with another; returns them in the order given, and the browser's version. */
export async function measure(
  scenarios: readonly Scenario[],
  { host, rounds, say }: { host: Host; rounds: number; say: (text: string) => void },
): Promise<{ measured: Measured[]; browser: string }> {
  const measured = scenarios.map((scenario): Measured => ({ scenario, samples: [] }));
  let chromium = await launchChromium();
  const browser = chromium.browser.version();
  for (let round = 0; round < rounds; round++) {
    const first = round % measured.length;
    for (const row of [...measured.slice(first), ...measured.slice(0, first)]) {
      if (row.failure) continue;
      say(`round ${round + 1} of ${rounds}: ${row.scenario.name}`);
      await sample(chromium, host, row);
      if (!row.failure) continue;
      say(`${row.scenario.name} did not finish: ${row.failure}`);
      await chromium.close();
      chromium = await launchChromium();
    }
  }
  await chromium.close();
  return { measured, browser };
}

async function sample({ browser }: Chromium, host: Host, row: Measured): Promise<void> {
  try {
    row.samples.push(toSample(await runPage(browser, host, row.scenario)));
  } catch (error) {
    row.failure = (error as Error).message.split("\n")[0] ?? "";
  }
}

function toSample({ result, totalMs, longestMs, cpuMs, traffic, heapBytes }: Run<number | void>): Sample {
  const { requests, bodyBytes, headerBytes, items } = traffic;
  return {
    syncMs: result ?? 0,
    taskMs: totalMs,
    cpuMs,
    longestMs,
    requests,
    bodyPerEvent: bodyBytes / items.size,
    wirePerEvent: (bodyBytes + headerBytes) / items.size,
    heapBytes,
    events: items.size,
  };
}
