import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createKeyFinder } from "../../worker/src/keys/find-key.ts";
import { hashKey, keyId, keyPolicy, storedName, type KeyPolicy, type StoredKey } from "../../worker/src/keys/policy.ts";
import { addressBlock } from "../../worker/src/lib/address-block.ts";

const KEY = "wk_0123456789abcdef";
const web: KeyPolicy = { kind: "web", tenant_id: "t1", origins: ["https://shop.example"] };
const server: KeyPolicy = { kind: "server", tenant_id: "t2" };
const stored = (more: Partial<StoredKey> = {}): StoredKey => ({ policy: web, created_at: "2026-01-01T00:00:00.000Z", ...more });

let errors: string[] = [];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, "error").mockImplementation((line: string) => void errors.push(line));
});
afterEach(() => vi.restoreAllMocks());

/** A finder on a clock and a KV that the test moves; `reads` are the names that KV was asked for. */
function bench({ configured = {} }: { configured?: Record<string, KeyPolicy> } = {}) {
  const values = new Map<string, unknown>();
  const state = { now: 1_000_000, reads: [] as string[], answer: (name: string): unknown => values.get(name) ?? null };
  const keys = new Map(Object.entries(configured).map(([key, policy]) => [hashKey(key), policy]));
  const keyStore = {
    async get(name: string) {
      state.reads.push(name);
      return state.answer(name);
    },
  };
  const finder = createKeyFinder({ keys, keyStore }, () => state.now);
  const put = (key: string, value: unknown) => values.set(storedName(hashKey(key)), value);
  const down = () => {
    state.answer = () => {
      throw new Error("KV is down");
    };
  };
  return { finder, state, put, down, seconds: (n: number) => (state.now += n * 1000) };
}

const tried = (n: number) => `wk_random_${String(n).padStart(8, "0")}`;

describe("a key of KV", () => {
  test("is found by its hash, and is read again only after a minute", async () => {
    const { finder, state, put, seconds } = bench();
    put(KEY, stored());
    const found = { id: keyId(hashKey(KEY)), policy: web };
    expect(await finder.find(KEY)).toEqual(found);
    expect(state.reads).toEqual([`key:${hashKey(KEY)}`]);
    seconds(59);
    expect(finder.known(KEY)).toEqual(found);
    expect(await finder.find(KEY)).toEqual(found);
    expect(state.reads).toHaveLength(1);
    seconds(2);
    expect(finder.known(KEY)).toBeUndefined();
    expect(await finder.find(KEY)).toEqual(found);
    expect(state.reads).toHaveLength(2);
  });

  test("that is changed, or revoked, is so after a minute at the latest", async () => {
    const { finder, put, seconds } = bench();
    put(KEY, stored());
    await finder.find(KEY);
    put(KEY, stored({ policy: { ...web, disabled: true } }));
    seconds(61);
    expect(await finder.find(KEY)).toMatchObject({ policy: { disabled: true } });
    put(KEY, stored({ revoked_at: "2026-01-02T00:00:00.000Z" }));
    seconds(61);
    expect(await finder.find(KEY)).toBeUndefined();
    expect(finder.known(KEY)).toBeUndefined();
  });

  test.for([
    ["nothing that is JSON", new SyntaxError("Unexpected token"), /"id":"[\da-f]{12}"/],
    ["a field of a later version", stored({ policy: { ...web, colour: "red" } as KeyPolicy }), /"policy: Unrecognized key/],
    [
      "an origin with a path",
      stored({ policy: { ...web, origins: ["https://shop.example/"] } }),
      /policy\.origins\.0: expected an origin/,
    ],
    ["a policy without a tenant", { ...stored(), policy: { kind: "server" } }, /policy\.tenant_id/],
  ] as const)("that holds %s is unknown, which is said without the key", async ([, value, said]) => {
    const { finder, state, put } = bench();
    put(KEY, value);
    if (value instanceof Error) {
      state.answer = () => {
        throw value;
      };
    }
    expect(await finder.find(KEY)).toBeUndefined();
    expect(errors).toEqual([expect.stringMatching(said)]);
    expect(errors[0]).not.toContain(KEY);
  });
});

describe("a key that does not exist", () => {
  test("is asked of KV once a minute", async () => {
    const { finder, state, put, seconds } = bench();
    expect(await finder.find(KEY)).toBeUndefined();
    put(KEY, stored());
    expect(await finder.find(KEY)).toBeUndefined();
    expect(state.reads).toHaveLength(1);
    seconds(61);
    expect(await finder.find(KEY)).toMatchObject({ policy: web });
  });

  test.for(["", "wk_short", "demo", `wk_${"x".repeat(65)}`, "wk_0123456789/../x", "xk_0123456789abcdef"])(
    "is not asked of KV where %o has no key's form",
    async (key) => {
      const { finder, state } = bench();
      expect(await finder.find(key)).toBeUndefined();
      expect(state.reads).toEqual([]);
    },
  );

  test("is remembered among 1,000 at most, and pushes out no key that exists", async () => {
    const { finder, state, put } = bench();
    put(KEY, stored());
    await finder.find(KEY);
    for (let n = 0; n < 1500; n++) await finder.find(tried(n));
    expect(finder.known(KEY)).toBeDefined();
    state.reads.length = 0;
    await finder.find(tried(1499));
    expect(state.reads).toHaveLength(0);
    await finder.find(tried(0));
    expect(state.reads).toHaveLength(1);
  });
});

describe("while KV fails", () => {
  test("a key that was found holds, however old, and KV is tried again every five seconds", async () => {
    const { finder, state, put, down, seconds } = bench();
    put(KEY, stored());
    await finder.find(KEY);
    down();
    seconds(86_400);
    expect(await finder.find(KEY)).toMatchObject({ policy: web });
    expect(await finder.find(KEY)).toMatchObject({ policy: web });
    expect(state.reads).toHaveLength(2);
    seconds(6);
    expect(await finder.find(KEY)).toMatchObject({ policy: web });
    expect(state.reads).toHaveLength(3);
  });

  test("a key that nobody knows is neither taken nor refused: keys_unavailable", async () => {
    const { finder, down, seconds } = bench();
    expect(await finder.find(KEY)).toBeUndefined();
    down();
    seconds(61);
    await expect(finder.find(KEY)).rejects.toMatchObject({ code: "keys_unavailable" });
    await expect(finder.find("wk_another_key")).rejects.toMatchObject({ code: "keys_unavailable" });
  });

  test("a KV that does not respond has failed after two seconds", async () => {
    vi.useFakeTimers();
    try {
      const { finder, state } = bench();
      state.answer = () => new Promise(() => {});
      const refusal = finder.find(KEY).catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(2000);
      expect(await refusal).toMatchObject({ code: "keys_unavailable" });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a key of the configuration", () => {
  test("may have any form, needs no KV, and stays", async () => {
    const { finder, state, seconds } = bench({ configured: { demo: server, [KEY]: web } });
    expect(await finder.find("demo")).toEqual({ id: keyId(hashKey("demo")), policy: server });
    expect(await finder.find(KEY)).toMatchObject({ policy: web });
    seconds(1e6);
    expect(finder.known("demo")).toMatchObject({ policy: server });
    expect(await finder.find("demo ")).toBeUndefined();
    expect(state.reads).toEqual([]);
  });
});

describe("a policy", () => {
  test.for(["*", "https://shop.example", "http://localhost:8080", "capacitor://localhost", "chrome-extension://abcdef"])(
    "takes %s for an origin",
    (origin) => expect(keyPolicy.safeParse({ ...web, origins: [origin] }).success).toBe(true),
  );

  test.for([
    "shop.example",
    "https://shop.example/",
    "https://Shop.example",
    "https://*.shop.example",
    "null",
    "",
    "https://a b",
  ])("does not take %o for an origin: no browser sends it", (origin) =>
    expect(keyPolicy.safeParse({ ...web, origins: [origin] }).success).toBe(false),
  );
});

describe("the address that is counted", () => {
  test.for([
    ["203.0.113.9", "203.0.113.9"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:DB8:1:2::9", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["2001:db8:1:2:3::", "2001:db8:1:2"],
    ["", ""],
  ] as const)("of %s is %s", ([address, block]) => expect(addressBlock(address)).toBe(block));
});
