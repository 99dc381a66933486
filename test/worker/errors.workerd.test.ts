import type { BatchAnswer, ErrorAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCollector, type Collector } from "../services/collector.ts";
import { ERRORS, type ErrorCode } from "../../worker/src/errors/errors.ts";
import { errorExamples, type ExampleRequest } from "../wire/error-examples.ts";
import { recordingRelay, type RecordingRelay } from "./recording-relay.ts";

const examples = [...errorExamples()];
const posted = examples.flatMap(([code, { request }]) => (request === undefined ? [] : [{ code, request }]));

let relay: RecordingRelay;
let collector: Collector;
beforeAll(async () => {
  relay = await recordingRelay();
  const ofExamples = examples.flatMap(([, { key }]) => (key === undefined ? [] : [[key.name, key.policy]]));
  const KEYS = JSON.stringify({
    wk_demo: { tenant_id: "demo", kind: "web", origins: ["*"] },
    ...(Object.fromEntries(ofExamples) as object),
  });
  collector = await startCollector({ relayUrl: relay.url, relayToken: "t", vars: { KEYS } });
});
afterAll(async () => {
  await collector.close();
  await relay.close();
});

async function post({ path, ...init }: ExampleRequest) {
  const response = await fetch(collector.url + path, init);
  return { status: response.status, answer: (await response.json()) as ErrorAnswer | BatchAnswer };
}

test.for(posted)("the documented example of $code brings it about", async ({ code, request }) => {
  const { status, answer } = await post(request);
  // The status of a batch is by all of its events, and so not the code's own.
  const said = "errors" in answer ? [answer.errors.at(-1)?.error, ERRORS[code].status] : [answer.error.code, status];
  expect(said).toEqual([code, ERRORS[code].status]);
});

test("only what takes a fault, or a load, is documented in words alone", () => {
  expect(examples.filter(([, { request }]) => request === undefined).map(([code]) => code)).toEqual([
    "shed",
    "body_timeout",
    "rate_limited",
    "overloaded",
    "internal_error",
    "bodies_pending",
    "keys_unavailable",
    "queue_unavailable",
  ] satisfies ErrorCode[]);
});
