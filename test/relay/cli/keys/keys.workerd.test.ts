import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashKey, keyId, storedName } from "../../../../worker/src/keys/policy.ts";
import { keyedCollector, type KeyedCollector } from "../../../worker/keyed-collector.ts";

let collector: KeyedCollector;
beforeAll(async () => {
  collector = await keyedCollector();
});
afterAll(() => collector.close());

const web = (tenant: string, ...more: string[]) =>
  collector.keys(["add", "--tenant", tenant, "--kind", "web", "--origins", "https://shop.example", ...more]);

interface Row {
  id: string;
  state: string;
  created_at: string;
  revoked_at: string | null;
  policy: Record<string, unknown>;
}

async function rows(tenant: string): Promise<Row[]> {
  return JSON.parse((await collector.keys(["list", "--tenant", tenant, "--json"])).out) as Row[];
}

/** Everything that KV holds, as text. */
async function stored(): Promise<string> {
  const { keys } = await collector.keyStore.list();
  return JSON.stringify(await Promise.all(keys.map(async ({ name }) => [name, await collector.keyStore.get(name)])));
}

describe("sightline keys add", () => {
  test("prints the key alone on stdout, and stores no more of it than its hash", async () => {
    const { code, out, err } = await web("hashed");
    expect(code).toBe(0);
    expect(out).toMatch(/^wk_[A-Za-z0-9_-]{32}\n$/);
    const key = out.trim();
    expect(err).toContain(keyId(hashKey(key)));
    expect(err).not.toContain(key);
    expect(await collector.keyStore.get(storedName(hashKey(key)))).not.toBeNull();
    expect(await stored()).not.toContain(key);
  });

  test("stores every rule that it is given", async () => {
    const limits = ["--max-events", "10", "--max-event-bytes", "1000", "--max-body-bytes", "50000"];
    const more = ["--event-types", "click, exposure", "--sample-rates", "exposure=0.1,click=1", "--pii", "personal"];
    await web("ruled", ...limits, ...more, "--strict-join-keys", "true", "--disabled", "false");
    expect((await rows("ruled"))[0]).toMatchObject({
      state: "valid",
      policy: {
        tenant_id: "ruled",
        kind: "web",
        origins: ["https://shop.example"],
        event_types: ["click", "exposure"],
        limits: { events: 10, event_bytes: 1000, body_bytes: 50_000 },
        sample_rates: { exposure: 0.1, click: 1 },
        pii: ["personal"],
        strict_join_keys: true,
        disabled: false,
      },
    });
  });

  test("prints no character of a tenant's name that a terminal obeys", async () => {
    const { err } = await collector.keys(["add", "--tenant", "t\u009b31m\u202e", "--kind", "server"]);
    expect(err).toContain("of tenant t\\u009b31m\\u202e is created");
  });

  test("refuses a third valid key of a tenant and kind, and names the two", async () => {
    await web("full");
    await web("full");
    const ids = (await rows("full")).map(({ id }) => id);
    const third = await web("full");
    expect(third).toMatchObject({ code: 1, out: "" });
    for (const id of ids) expect(third.err).toContain(id);
    expect((await collector.keys(["add", "--tenant", "full", "--kind", "server"])).code).toBe(0);
    await collector.keys(["revoke", ids[0]!]);
    expect((await web("full")).code).toBe(0);
  });

  test("names every option that is wrong, and makes nothing", async () => {
    const given = ["--max-events", "0", "--disabled", "perhaps", "--sample-rates", "click", "--pii", "secret"];
    const { code, err } = await collector.keys(["add", "--tenant", "wrong", "--kind", "server", "--origins", "*", ...given]);
    expect(code).toBe(2);
    for (const name of ["--origins", "--max-events", "--disabled", "--sample-rates", "--pii"]) expect(err).toContain(`${name}: `);
    expect((await collector.keys(["add"])).err).toMatch(/--kind: expected web .*got nothing/);
    expect((await web("wrong", "--origins", "shop.example")).err).toMatch(/--origins: .*https:\/\/shop\.example/);
    expect(await rows("wrong")).toEqual([]);
  });
});

describe("sightline keys list", () => {
  test("shows a table without the keys themselves", async () => {
    const { out: key } = await web("shown");
    const { out } = await collector.keys(["list", "--tenant", "shown"]);
    const [head = "", row = ""] = out.split("\n");
    expect(head).toMatch(/^ID +TENANT +KIND +STATE +MADE +RULES$/);
    expect(row).toMatch(/^[\da-f]{12} +shown +web +valid +[\d-]{10}T[\d:]{5}Z +origins=https:\/\/shop\.example$/);
    expect(out).not.toContain(key.trim());
  });

  test("reads namespaces of any size, page by page", async () => {
    // Three pages of names, and two requests for values.
    const policy = { tenant_id: "many", kind: "server" };
    const value = JSON.stringify({ policy, created_at: "2026-01-01T00:00:00.000Z" });
    const names = Array.from({ length: 110 }, (_, n) => storedName(hashKey(`sk_many_${n}`)));
    await Promise.all(names.map((name) => collector.keyStore.put(name, value)));
    expect(await rows("many")).toHaveLength(110);
    await Promise.all(names.map((name) => collector.keyStore.delete(name)));
  });

  test("names a record of another form, and fails", async () => {
    const name = storedName(hashKey("wk_of_a_later_version"));
    await collector.keyStore.put(name, JSON.stringify({ policy: { kind: "robot" }, created_at: "2026-01-01T00:00:00.000Z" }));
    const { code, err } = await collector.keys(["list"]);
    await collector.keyStore.delete(name);
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`key ${keyId(hashKey("wk_of_a_later_version"))} is of another form.*policy\\.kind`));
  });
});

describe("sightline keys set", () => {
  test("changes what it is given, leaves the rest, and puts back what is to be the default", async () => {
    await web("changed", "--max-events", "10", "--max-body-bytes", "50000", "--strict-join-keys", "true");
    const id = (await rows("changed"))[0]!.id;
    const changed = await collector.keys([
      "set",
      id,
      "--max-events",
      "default",
      "--disabled",
      "true",
      "--origins",
      "https://a.example",
    ]);
    expect(changed.code).toBe(0);
    const [row] = await rows("changed");
    expect(row).toMatchObject({ id, state: "disabled" });
    expect(row?.policy).toEqual({
      tenant_id: "changed",
      kind: "web",
      origins: ["https://a.example"],
      limits: { body_bytes: 50_000 },
      strict_join_keys: true,
      disabled: true,
    });
    expect((await collector.keys(["set", id, "--max-body-bytes", "default"])).code).toBe(0);
    expect((await rows("changed"))[0]?.policy).not.toHaveProperty("limits");
  });

  test("asks for something to change", async () => {
    await web("same");
    const { code, err } = await collector.keys(["set", (await rows("same"))[0]!.id]);
    expect([code, err]).toEqual([2, expect.stringContaining("usage: sightline keys set ID")]);
  });
});

describe("sightline keys rotate", () => {
  test("creates a second key with the same policy, and says when to give it out and when to revoke the first", async () => {
    await web("rotated", "--max-events", "7");
    const id = (await rows("rotated"))[0]!.id;
    const { code, out, err } = await collector.keys(["rotate", id]);
    expect(code).toBe(0);
    expect(out).toMatch(/^wk_[A-Za-z0-9_-]{32}\n$/);
    expect(err).toMatch(/after \d\d:\d\d:\d\d UTC/);
    expect(err).toContain(`sightline keys revoke ${id}`);
    const both = await rows("rotated");
    expect(both).toHaveLength(2);
    expect(both[0]?.policy).toEqual(both[1]?.policy);
    expect(await collector.keys(["rotate", id])).toMatchObject({ code: 1, out: "" });
  });
});

describe("sightline keys revoke", () => {
  test("marks the key, which stays listed for 30 days, and is for good", async () => {
    const key = (await web("ended")).out.trim();
    const id = keyId(hashKey(key));
    expect((await collector.keys(["revoke", id])).code).toBe(0);
    const [row] = await rows("ended");
    expect(row).toMatchObject({ id, state: "revoked", revoked_at: expect.stringMatching(/Z$/) });
    const { keys } = await collector.keyStore.list({ prefix: storedName(hashKey(key)) });
    const days = ((keys[0]?.expiration ?? 0) * 1000 - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);
    expect(await collector.keys(["revoke", id])).toMatchObject({ code: 0, err: expect.stringContaining(row!.revoked_at!) });
    expect(await collector.keys(["set", id, "--disabled", "false"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("for good"),
    });
    expect((await collector.keys(["rotate", id])).code).toBe(1);
  });
});

describe("what cannot be done", () => {
  test("is an id that no key has, or that is none", async () => {
    expect(await collector.keys(["revoke", "0123456789ab"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("0123456789ab"),
    });
    const mistaken = await collector.keys(["revoke", "wk_a_key_instead_of_its_id"]);
    expect(mistaken).toMatchObject({ code: 2, err: expect.stringContaining("12 hex digits") });
    expect(mistaken.err).not.toContain("wk_a_key");
  });

  test("is said in Cloudflare's own words where it refuses, and the token is not", async () => {
    const { code, err } = await collector.keys(["list"], { CLOUDFLARE_API_TOKEN: "a-wrong-token" });
    expect([code, err]).toEqual([1, expect.stringContaining("HTTP 403: Authentication error (code 10000)")]);
    expect(err).not.toContain("a-wrong-token");
    const elsewhere = await collector.keys(["list"], { KEYS_NAMESPACE_ID: "other" });
    expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining("namespace not found")]);
  });

  test("is said where the API does not answer", async () => {
    const { code, err } = await collector.keys(["list"], { CLOUDFLARE_API_URL: "http://127.0.0.1:1/client/v4" });
    expect([code, err]).toEqual([1, expect.stringContaining("http://127.0.0.1:1/client/v4 does not answer")]);
  });

  test("is a call without its settings: each one is named", async () => {
    const { code, err } = await collector.keys(["list"], { CLOUDFLARE_API_TOKEN: "", KEYS_NAMESPACE_ID: "" });
    expect(code).toBe(2);
    expect(err).toMatch(/CLOUDFLARE_API_TOKEN: expected a value\n.*KEYS_NAMESPACE_ID: expected/);
  });

  test("is a call without a command, or without the id: the way to call it is shown", async () => {
    expect(await collector.keys([])).toMatchObject({ code: 2, out: expect.stringContaining("sightline keys rotate ID") });
    expect(await collector.keys(["--help"])).toMatchObject({ code: 0, out: expect.stringContaining("sightline keys rotate ID") });
    expect(await collector.keys(["remove"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("add, list, set, rotate, revoke"),
    });
    expect(await collector.keys(["revoke"])).toMatchObject({ code: 2, err: expect.stringContaining("expected ID") });
  });
});
