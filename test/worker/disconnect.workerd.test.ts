import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleWorker } from "../../worker/scripts/bundle-worker.ts";
import { startWorkerd, type Workerd } from "../services/workerd.ts";
import { validEvents } from "../wire/load.ts";
import type { QueueCalls } from "./slow-queue.ts";

const click = validEvents().find(({ name }) => name === "click")?.text ?? "";

let workerd: Workerd;
beforeAll(async () => {
  workerd = await startWorkerd(await bundleWorker(new URL("slow-queue.ts", import.meta.url)));
});
afterAll(() => workerd.close());

const calls = async () => (await (await fetch(`http://127.0.0.1:${workerd.port}/calls`)).json()) as QueueCalls;

test("what was being sent to the queue when the client went away gets there", async () => {
  const headers = { "content-type": "text/plain", "content-length": Buffer.byteLength(click) };
  const request = httpRequest(`http://127.0.0.1:${workerd.port}/v1/events?k=wk_demo`, { method: "POST", headers });
  request.on("error", () => undefined).end(click);
  await expect.poll(calls).toEqual({ begun: 1, confirmed: 0 });
  // A reset, as of a device that is gone: workerd goes on for a client that has only said that it will send no more.
  request.socket?.resetAndDestroy();
  await expect.poll(calls, { timeout: 10_000 }).toEqual({ begun: 1, confirmed: 1 });
});
