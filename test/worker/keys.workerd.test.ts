import type { ErrorAnswer } from "@sightline/client/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashKey, storedName } from "../../worker/src/keys/policy.ts";
import { validEvents } from "../wire/load.ts";
import { keyedCollector, type KeyedCollector } from "./keyed-collector.ts";

const click = validEvents().find(({ name }) => name === "click")?.text ?? "";
const SHOP = "https://shop.example";

let collector: KeyedCollector;
beforeAll(async () => {
  collector = await keyedCollector();
});
afterAll(() => collector.close());

/** Posts one event, as a page or with a bearer token; returns the status and the code of a refusal. */
async function post({
  web,
  bearer,
  origin = bearer === undefined ? SHOP : undefined,
}: {
  web?: string;
  bearer?: string;
  origin?: string;
}) {
  const response = await fetch(`${collector.url}/v1/events${web === undefined ? "" : `?k=${web}`}`, {
    method: "POST",
    headers: {
      "content-type": "text/plain",
      ...(origin && { origin }),
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    body: click,
  });
  const answer = (await response.json()) as Partial<ErrorAnswer>;
  const readable = response.headers.get("access-control-allow-origin") === (origin ?? null);
  return { status: response.status, code: answer.error?.code, readable };
}

const web = (tenant: string, ...more: string[]) =>
  collector.add(["--tenant", tenant, "--kind", "web", "--origins", SHOP, ...more]);

const ask = (key: string, origin: string) =>
  fetch(`${collector.url}/v1/events?k=${key}`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST" },
  });

describe("a key that sightline keys has made", () => {
  test("is accepted, from its own origin alone", async () => {
    const { key } = await web("origins");
    expect(await post({ web: key })).toEqual({ status: 202, code: undefined, readable: true });
    expect(await post({ web: key, origin: "https://other.example" })).toEqual({
      status: 403,
      code: "forbidden_origin",
      readable: false,
    });
  });

  test("of a backend is accepted as a bearer token, and not in the address", async () => {
    const { key } = await collector.add(["--tenant", "backend", "--kind", "server"]);
    expect(await post({ bearer: key })).toMatchObject({ status: 202 });
    expect(await post({ web: key })).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test("of a backend is refused by name from a page, which can read that", async () => {
    const { key } = await collector.add(["--tenant", "leaked", "--kind", "server"]);
    expect(await post({ bearer: key, origin: SHOP })).toEqual({ status: 403, code: "server_key_in_browser", readable: true });
    expect(await post({ bearer: key, origin: "null" })).toMatchObject({ status: 403, code: "server_key_in_browser" });
  });

  test("of a page is not accepted as a bearer token", async () => {
    const { key } = await web("bearer");
    expect(await post({ bearer: key })).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test("is not accepted once it is revoked", async () => {
    const { key, id } = await web("revoked");
    expect((await collector.keys(["revoke", id])).code).toBe(0);
    expect(await post({ web: key })).toMatchObject({ status: 401, code: "unauthorized", readable: true });
  });

  test("is refused by name while it is switched off, which its pages can read and no others", async () => {
    const { key, id } = await web("disabled");
    expect((await collector.keys(["set", id, "--disabled", "true"])).code).toBe(0);
    expect(await post({ web: key })).toEqual({ status: 403, code: "key_disabled", readable: true });
    expect(await post({ web: key, origin: "https://other.example" })).toMatchObject({
      code: "forbidden_origin",
      readable: false,
    });
  });

  test("and the one that takes its place are both accepted", async () => {
    const first = await web("rotated");
    const second = JSON.parse((await collector.keys(["rotate", first.id, "--json"])).out) as { key: string };
    expect(second.key).not.toBe(first.key);
    expect(await post({ web: first.key })).toMatchObject({ status: 202 });
    expect(await post({ web: second.key })).toMatchObject({ status: 202 });
    expect(await post({ web: second.key, origin: "https://other.example" })).toMatchObject({ code: "forbidden_origin" });
  });
});

describe("a key", () => {
  test("that nobody made is unknown, whatever it looks like", async () => {
    for (const key of ["wk_0123456789abcdef", "wk_demo_but_longer", "x", "", "%00", "key:abc"]) {
      expect(await post({ web: key })).toMatchObject({ status: 401, code: "unauthorized" });
    }
    expect(await post({})).toMatchObject({ status: 401, code: "unauthorized" });
  });

  test("of the configuration is accepted beside those of KV", async () => {
    expect(await post({ web: "wk_demo" })).toMatchObject({ status: 202 });
    expect(await post({ bearer: "sk_demo" })).toMatchObject({ status: 202 });
  });

  test("whose record in KV is broken is unknown, and the collector lives on", async () => {
    const broken = "wk_broken_record_1";
    await collector.keyStore.put(storedName(hashKey(broken)), "{");
    expect(await post({ web: broken })).toMatchObject({ status: 401 });
    expect(await post({ web: "wk_demo" })).toMatchObject({ status: 202 });
  });
});

describe("a preflight", () => {
  test("is refused to a page whose origin a key of KV does not allow", async () => {
    const { key } = await web("preflight");
    expect((await ask(key, SHOP)).status).toBe(204);
    const refused = await ask(key, "https://other.example");
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });

  test("is granted with a key that nobody made, so that the POST can say so", async () => {
    expect((await ask("wk_0123456789abcdef", SHOP)).status).toBe(204);
  });
});
