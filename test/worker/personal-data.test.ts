import { describe, expect, test } from "vitest";
import { holdsEmail } from "../../worker/src/lib/looks-personal.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const click = { ...validEvents().find(({ name }) => name === "click")?.event, event_id: "event_01" };
const keys = {
  sk_test: { tenant_id: "t1", kind: "server" },
  sk_personal: { tenant_id: "t1", kind: "server", pii: ["personal"] },
  sk_sensitive: { tenant_id: "t1", kind: "server", pii: ["sensitive"] },
};

/** What a click with these fields is answered, with this key: its status, and the path where it was refused. */
async function verdict(fields: object, key = "sk_test") {
  const { post, lines } = inProcessCollector({ keys });
  const { status, answer } = await post({ ...click, ...fields }, { key });
  expect(lines.rejects.join()).not.toMatch(/lovelace/);
  if (status === 202) return "taken";
  expect(answer).toMatchObject({ error: { code: "pii_detected" } });
  return (answer as { error: { details: { path?: string } } }).error.details.path;
}

describe("a value in a free field", () => {
  test.for([
    ["payload", "email", "lovelace"],
    ["payload", "phoneNumber", "lovelace"],
    ["payload", "first-name", "lovelace"],
    ["payload", "date_of_birth", "lovelace"],
    ["payload", "ip", "lovelace"],
    ["payload", "userAgent", "lovelace"],
    ["payload", "password", "lovelace"],
    ["payload", "creditCardNumber", 123],
    ["payload", "iban", "lovelace"],
    ["context", "user_agent", "lovelace"],
    ["metrics", "phone", 123],
  ] as const)("in %s named %s is refused for its name", async ([field, name, value]) => {
    expect(await verdict({ [field]: { [name]: value } })).toBe(`${field}.${name}`);
  });

  test("is refused however deep its name stands, and taken where it is null", async () => {
    expect(await verdict({ payload: { order: [{ buyer: { last_name: "lovelace" } }] } })).toBe("payload.order.0.buyer.last_name");
    expect(await verdict({ payload: { email: null } })).toBe("taken");
  });

  test("is taken under any name where it only says whether there is one, or was taken out by the SDK's scrubber", async () => {
    expect(await verdict({ payload: { email: "[email]", phone: "[redacted]", iban: "", cookie: true, ssn: [] } })).toBe(
      "payload.ssn",
    );
    expect(await verdict({ payload: { email: "[email]", phone: "[redacted]", iban: "", cookie: true } })).toBe("taken");
    expect(await verdict({ payload: { email: { toString: 1 } } })).toBe("payload.email");
  });

  test("is refused for an e-mail address in it, wherever in the text, and in keys", async () => {
    expect(await verdict({ payload: { note: "write to lovelace@example.org please" } })).toBe("payload.note");
    expect(await verdict({ context: { page: "/thanks?to=lovelace%40example.org" } })).toBe("context.page");
    expect(await verdict({ payload: { list: ["a", "lovelace@example.org"] } })).toBe("payload.list.1");
    expect(await verdict({ payload: { "lovelace@example.org": 1 } })).toBe("payload.*");
  });

  test("is taken where it only looks like one", async () => {
    expect(
      await verdict({ payload: { image: "logo@2x.png", handle: "@lovelace", name: "A mail from 5@8", emails_sent: 3 } }),
    ).toBe("taken");
  });
});

describe("a key that may send", () => {
  test("personal data may send names and addresses, and nothing that is sensitive", async () => {
    expect(await verdict({ payload: { email: "lovelace@example.org", note: "of lovelace@example.org" } }, "sk_personal")).toBe(
      "taken",
    );
    expect(await verdict({ payload: { password: "lovelace" } }, "sk_personal")).toBe("payload.password");
  });

  test("sensitive data may send that, and nothing that is personal", async () => {
    expect(await verdict({ payload: { password: "lovelace" } }, "sk_sensitive")).toBe("taken");
    expect(await verdict({ payload: { note: "lovelace@example.org" } }, "sk_sensitive")).toBe("payload.note");
  });

  test("either sends pseudonymous ids all the same", async () => {
    for (const key of ["sk_personal", "sk_sensitive"]) {
      expect(await verdict({ unit_id: "lovelace@example.org" }, key)).toBe("unit_id");
      expect(await verdict({ unit_id: "+31 6 1234 0123" }, key)).toBe("unit_id");
    }
  });
});

describe("an e-mail address within a text", () => {
  test.for([
    "lovelace@example.org",
    "see lovelace.a+x@mail.example.co.uk, or not",
    "?q=lovelace%40example.org&p=1",
    "<lovelace_1@x-y.io>",
  ])("is found in %s", (text) => expect(holdsEmail(text)).toBe(true));
  test.for([
    "logo@2x.png",
    "/img/hero@3x.webp",
    "@lovelace",
    "lovelace@localhost",
    "a @ b.c",
    "50 % of it",
    "%40",
    "",
    "https://x.test/@lovelace/1",
  ])("is not found in %o", (text) => expect(holdsEmail(text)).toBe(false));
});
