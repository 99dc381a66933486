import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { listen, shut } from "../../test/client/stage/site.ts";
import { readDelivery, type DeliveryAnswer } from "../../worker/src/envelope/delivery.ts";
import { median } from "../lib/median.ts";
import { makeBodies } from "../worker/batch.ts";
import { bundleContender, sized } from "../worker/contenders.ts";
import { cpuMs } from "../worker/figures.ts";
import { measure } from "../worker/measure.ts";
import { startWorkerd } from "../../test/services/workerd.ts";
import type { BindingUse } from "../worker/workers/binding-use.ts";
import type { Need } from "./cost.ts";

interface Options {
  rounds: number;
  say: (text: string) => void;
}

/** What a request of each size needs. */
export async function measureNeeds(sizes: readonly number[], options: Options): Promise<Need[]> {
  const rows = await measure(
    sizes.map((events) => sized("handler", events)),
    options,
  );
  const workerd = await startWorkerd(await bundleContender("binding-use"));
  const needs: Need[] = [];
  for (const row of rows) {
    const { events } = row.contender;
    const uses: BindingUse[] = [];
    for (const body of makeBodies(events)) uses.push(await useOf(workerd.port, body));
    needs.push({
      events,
      cpuMs: cpuMs(row),
      requests: uses.length,
      messageBytes: uses.flatMap(({ messageBytes }) => messageBytes),
      dataPoints: uses.reduce((sum, { dataPoints }) => sum + dataPoints, 0) / uses.length,
    });
  }
  await workerd.close();
  return needs;
}

async function useOf(port: number, body: string): Promise<BindingUse> {
  const headers = { "content-type": "text/plain", origin: "https://shop.example" };
  const response = await fetch(`http://127.0.0.1:${port}/v1/events?k=wk_demo`, { method: "POST", headers, body });
  const use = (await response.json()) as BindingUse;
  if (use.status !== 202) throw new Error(`expected 202 of the collector, got ${use.status}`);
  return use;
}

/** Calls of the consumer in a round. */
const CALLS = 25;

/** Milliseconds of CPU that the consumer takes for each byte of full batches of messages of so many bytes. */
export async function measureConsumer(bytes: number, { rounds, say }: Options): Promise<number> {
  say("the consumer");
  const relay = createServer(async (request, response) => {
    const { messages } = readDelivery(await text(request));
    const answer: DeliveryAnswer = { verdicts: messages.map(({ id }) => ({ id, verdict: "ack" })) };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  const query = new URLSearchParams({ relay: await listen(relay), bytes: String(bytes) });
  const workerd = await startWorkerd(await bundleContender("consumer"));
  const callOften = async (): Promise<void> => {
    for (let i = 0; i < CALLS; i++) {
      const { status } = await fetch(`http://127.0.0.1:${workerd.port}/?${query}`, { method: "POST" });
      if (status !== 204) throw new Error(`the consumer did not get its messages acked: ${status}`);
    }
  };
  await callOften();
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = workerd.cpuMs();
    await callOften();
    samples.push((workerd.cpuMs() - before) / CALLS);
  }
  await workerd.close();
  await shut(relay);
  return median(samples) / (bytes * 100);
}
