import { expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const click = validEvents().find(({ name }) => name === "click")?.event ?? {};
const keys = { wk_page: { tenant_id: "t1", kind: "web", origins: ["*"] } };

/** As long as Cloudflare lets a header be, and longer. */
const LONG = 100_000;

// A pattern that backs up over blanks takes twenty seconds for these.
test.for([
  ["blanks in a media type", { "content-type": `text/plain${" ".repeat(LONG)}x` }, 415],
  ["blanks in its parameters", { "content-type": `text/plain;x=${" ".repeat(LONG)}x` }, 202],
  ["blanks in a user agent", { "user-agent": `x${" ".repeat(LONG)}x` }, 202],
  ["a traceparent without end", { traceparent: "0".repeat(LONG) }, 202],
] as const)("a header takes no time by the square of its length: %s", { timeout: 3_000 }, async ([, headers, expected]) => {
  const { post } = inProcessCollector({ keys });
  expect((await post(click, { key: "wk_page", headers })).status).toBe(expected);
});
