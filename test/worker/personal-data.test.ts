import { describe, expect, test } from "vitest";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event, event_id: "event_01" };
const tenant = { tenant_id: "t1", kind: "server" };
const keys = {
  sk_test: tenant,
  sk_personal: { ...tenant, pii: ["personal"] },
  sk_sensitive: { ...tenant, pii: ["sensitive"] },
  sk_strict: { ...tenant, strict_pii: true },
};
const CARD = "4111 1111 1111 1111";
const IBAN = "NL91 ABNA 0417 1643 00";
const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl";

/** What was sent as personal; whole values, since ids and times that are made here hold any few digits by chance. */
const SENT = /lovelace|555-123-4567|\(555\) 123|0612345678|4111[ -]?1111/;

/** What a click with these fields becomes with this key: what of them arrives, with its flags; or where it is refused. */
async function outcome(fields: object, key = "sk_test") {
  const { post, taken, lines } = inProcessCollector({ keys });
  const { status, answer } = await post({ ...click, ...fields }, { key });
  expect(lines.rejects.join()).not.toMatch(SENT);
  if (status === 202) {
    const [{ payload, metadata } = {}] = taken();
    const arrived = Object.fromEntries(Object.entries(payload ?? {}).filter(([name]) => Object.hasOwn(fields, name)));
    return metadata?.flags.includes("redacted") ? { ...arrived, redacted: true } : arrived;
  }
  expect(answer).toMatchObject({ error: { code: "pii_detected" } });
  return (answer as { error: { details: { path?: string } } }).error.details.path;
}

const redacted = (payload: object) => ({ payload, redacted: true });

describe("in context, metrics and payload", () => {
  test.for([
    ["payload", "email"],
    ["payload", "phoneNumber"],
    ["payload", "first-name"],
    ["payload", "date_of_birth"],
    ["payload", "userAgent"],
    ["payload", "Password"],
    ["payload", "Authorization"],
    ["payload", "token"],
    ["payload", "user_password"],
    ["payload", "CVV"],
    ["payload", "SSN"],
    ["payload", "user.email"],
    ["payload", "iban"],
    ["context", "user_agent"],
  ] as const)("the value of a field of %s named %s is redacted, whatever it is", async ([field, name]) => {
    for (const value of ["lovelace", 123, ["lovelace"], { any: "lovelace" }])
      expect(await outcome({ [field]: { [name]: value, kept: 1 } })).toEqual({
        [field]: { [name]: "[redacted]", kept: 1 },
        redacted: true,
      });
  });

  test("a metric of such a name is left out, since metrics are numbers", async () => {
    expect(await outcome({ metrics: { phone: 123, value: 2 } })).toEqual({ metrics: { value: 2 }, redacted: true });
  });

  test("however deep the name stands, and nothing where there is no value", async () => {
    expect(await outcome({ payload: { order: [{ buyer: { last_name: "lovelace" } }] } })).toEqual(
      redacted({ order: [{ buyer: { last_name: "[redacted]" } }] }),
    );
    const harmless = { email: "[email]", phone: "[redacted]", iban: "", cookie: true, ssn: null };
    expect(await outcome({ payload: harmless })).toEqual({ payload: harmless });
  });

  test.for(["token_count", "tokenizer", "passenger", "phone_model", "email_opt_in", "last_login", "next_page_token"])(
    "a field named %s is left alone",
    async (name) => {
      expect(await outcome({ payload: { [name]: "x" } })).toEqual({ payload: { [name]: "x" } });
    },
  );

  test.for([
    ["write to lovelace@example.org please", "write to [redacted] please"],
    ["/thanks?to=lovelace%40example.org&a=1", "/thanks?to=[redacted]&a=1"],
    ["call (555) 123-4567", "call [redacted]"],
    ["0031612345678", "[redacted]"],
    ["tel:0612345678, thanks", "tel:[redacted], thanks"],
    [`paid by ${CARD}`, "paid by [redacted]"],
    [IBAN, "[redacted]"],
    [`Bearer ${JWT}`, "Bearer [redacted]"],
  ] as const)("%s becomes %s, in values, lists and keys", async ([text, clean]) => {
    expect(await outcome({ payload: { note: text, list: ["a", text], [text]: 1 } })).toEqual(
      redacted({ note: clean, list: ["a", clean], [clean]: 1 }),
    );
    expect(await outcome({ context: { page: text } })).toEqual({ context: { page: clean }, redacted: true });
  });

  test("two addresses as keys are still two keys, and a number of a card is none", async () => {
    const { payload } = (await outcome({ payload: { "a@example.org": 1, "b@example.org": 2, n: 4_111_111_111_111_111 } })) as {
      payload: Record<string, unknown>;
    };
    expect(Object.values(payload)).toEqual(expect.arrayContaining([1, 2, "[redacted]"]));
    expect(JSON.stringify(payload)).not.toMatch(/example|4111 1111/);
  });

  test("any number of addresses as keys are as many keys, in whatever order they were sent", async () => {
    const names = Array.from({ length: 9 }, (_, i) => `u${i}@example.org`);
    const sent = Object.fromEntries(names.map((name, i) => [name, i]));
    const { payload } = (await outcome({ payload: sent })) as { payload: object };
    expect(Object.values(payload).toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await outcome({ payload: Object.fromEntries(Object.entries(sent).toReversed()) })).toEqual(redacted(payload));
  });

  test("a body of short addresses is taken, though what becomes of it is over the limit of a body", async () => {
    const events = Array.from({ length: 31 }, (_, i) => ({
      ...click,
      event_id: `event_${String(i).padStart(4, "0")}`,
      payload: { list: Array.from({ length: 3_550 }, () => "a@b.co") },
    }));
    const { post, taken } = inProcessCollector({ keys });
    expect(await post({ events })).toMatchObject({ status: 202 });
    expect(taken()).toHaveLength(31);
    expect(JSON.stringify(taken()).length).toBeGreaterThan(1_048_576);
  });

  test.for([
    "hero@2x.png",
    "style@1.2.css",
    "git@host:path",
    "git@github.example.com:org/repo.git",
    "https://cdn/pkg@1.2",
    "@lovelace",
    "4006381333931",
    "2026-01-01T10:00:00.123Z",
    "550e8400-e29b-41d4-a716-446655440000",
  ])("%s is left alone", async (text) => {
    expect(await outcome({ payload: { text } })).toEqual({ payload: { text } });
  });

  test("a resend has the same content hash and, without an id, the same id, also in a batch whose common says it", async () => {
    const { post, taken } = inProcessCollector({ keys });
    const { event_id: _, context, ...sent } = click as Record<string, unknown>;
    const page = { ...(context as object), page: "/?to=lovelace@example.org" };
    await post({ ...sent, context: page });
    await post({ ...sent, context: page });
    await post({ common: { context: page }, events: [sent] });
    const ids = taken().map(({ id, metadata }) => `${id} ${metadata.content_hash} ${metadata.flags.includes("redacted")}`);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/ true$/);
  });
});

describe("ids are not changed: an event is refused", () => {
  const item = { item_id: "a", position: 1 };
  test.for([
    ["unit_id", { unit_id: "lovelace@example.org" }],
    ["unit_id", { unit_id: "+31 6 1234 0123" }],
    ["unit_id", { unit_id: "lovelace%40example.org" }],
    ["unit_type", { unit_type: "lovelace@example.org" }],
    ["item_id", { item_id: "lovelace@example.org" }],
    ["item_id", { item_id: CARD }],
    ["items.0.item_id", { items: [{ ...item, item_id: IBAN }] }],
    ["items.0.placement", { items: [{ ...item, placement: "tel:0612345678" }] }],
    ["request_id", { request_id: "555-123-4567" }],
    ["event_id", { event_id: "555-123-4567" }],
    ["surface", { surface: "555-123-4567" }],
  ] as const)("for %s in %j", async ([path, fields]) => {
    expect(await outcome(fields)).toBe(path);
  });

  test("as is one whose batch says it of its SDK or its session", async () => {
    const { post } = inProcessCollector({ keys });
    for (const [path, value] of [
      ["sdk", "lovelace@example.org/1"],
      ["session_id", "555-123-4567"],
    ] as const)
      expect(await post({ [path]: value, events: [click] })).toMatchObject({
        status: 400,
        answer: { error: { code: "invalid_batch", details: { path } } },
      });
  });

  test("and UUIDs of experiments are not looked into, though one in 10,000 has the digits of a card", async () => {
    const experiments = [
      { experiment_id: "aaaaaaaa-4111-1111-1111-11111111aaaa", variant_id: "00000000-0000-4000-8000-000000000000" },
    ];
    expect(await outcome({ experiments })).toEqual({ experiments });
  });
});

describe("a key", () => {
  test("that may send personal data sends names, addresses, and ids that look like some, and nothing sensitive", async () => {
    for (const fields of [
      { payload: { email: "lovelace@example.org", note: "of lovelace@example.org" } },
      { unit_id: "555-123-4567", item_id: "name@tenant.com" },
    ])
      expect(await outcome(fields, "sk_personal")).toEqual(fields);
    const payload = { note: `lovelace@example.org, ${CARD}`, password: "lovelace" };
    expect(await outcome({ payload }, "sk_personal")).toEqual(
      redacted({ note: "lovelace@example.org, [redacted]", password: "[redacted]" }),
    );
    expect(await outcome({ unit_id: CARD }, "sk_personal")).toBe("unit_id");
    // A name that is allowed says nothing of what else stands under it.
    expect(await outcome({ payload: { address: { note: CARD } } }, "sk_personal")).toEqual(
      redacted({ address: { note: "[redacted]" } }),
    );
  });

  test("that may send sensitive data sends that, and nothing personal", async () => {
    const fields = { payload: { password: "lovelace", note: IBAN }, item_id: CARD };
    expect(await outcome(fields, "sk_sensitive")).toEqual(fields);
    expect(await outcome({ payload: { note: "lovelace@example.org" } }, "sk_sensitive")).toEqual(
      redacted({ note: "[redacted]" }),
    );
    expect(await outcome({ unit_id: "lovelace@example.org" }, "sk_sensitive")).toBe("unit_id");
  });

  test("that is strict has its events refused instead of redacted", async () => {
    expect(await outcome({ payload: { a: { note: "lovelace@example.org" } } }, "sk_strict")).toBe("payload.a.note");
    expect(await outcome({ payload: { password: 1 } }, "sk_strict")).toBe("payload.password");
    expect(await outcome({ payload: { "lovelace@example.org": 1 } }, "sk_strict")).toBe("payload.*");
    expect(await outcome({ metrics: { phone: 1 } }, "sk_strict")).toBe("metrics.phone");
  });
});
