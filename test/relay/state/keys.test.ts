import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conflictKey, eventKey, type Facts, itemKeys } from "../../../relay/state/keys.ts";

const facts: Facts = {
  id: "event-01",
  tenant_id: "t1",
  key_kind: "web",
  event_type: "exposure",
  content_hash: "0".repeat(32),
  request_id: "req-1",
  unit_type: "user",
  unit_id: "u1",
  timestamp: "2026-01-01T10:00:00Z",
  items: [{ item_id: "a", placement: undefined }],
};
const hex = (keys: string[]) => keys.map((key) => Buffer.from(key, "latin1").toString("hex"));

type Parts = [tenant: string, request: string, unitType: string, unit: string, item: string, placement: string];
const keyOf = ([tenant_id, request_id, unit_type, unit_id, item_id, placement]: Parts) =>
  hex(itemKeys({ ...facts, tenant_id, request_id, unit_type, unit_id, items: [{ item_id, placement }] }, "1"));
const conflict = (salt: string, content_hash: string) => conflictKey({ key: eventKey(facts, salt), content_hash });

describe("the keys of an event", () => {
  test("have 128 bits, and differ from store to store", () => {
    const keys = ["1", "2"].flatMap((salt) => [eventKey(facts, salt), ...itemKeys(facts, salt)]);
    expect(keys.every((key) => key.length === 16 && Buffer.byteLength(key, "latin1") === 16)).toBe(true);
    expect(new Set(hex(keys)).size).toBe(4);
  });

  test("differ wherever one of their parts does, however the parts are cut", () => {
    const part = fc.string({ maxLength: 4, unit: fc.constantFrom("a", "b", "1", ":", "é", "\n") });
    const parts = fc.tuple(part, part, part, part, part, part);
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(JSON.stringify(keyOf(a)) === JSON.stringify(keyOf(b))).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });

  test("are the same for one instant, however it is written", () => {
    const times = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:00.000Z", "2026-01-01t10:00:00.000000000+00:00"];
    expect(new Set(times.flatMap((timestamp) => hex(itemKeys({ ...facts, timestamp }, "1")))).size).toBe(1);
  });

  test("name an item once, and none where there is no request", () => {
    const twice = { ...facts, items: [...facts.items, ...facts.items, { item_id: "a", placement: "top" }] };
    expect(itemKeys(twice, "1")).toHaveLength(2);
    expect(itemKeys({ ...twice, request_id: undefined }, "1")).toEqual([]);
  });

  test("of web keys and of server keys are two namespaces, whatever the ids", () => {
    const both = (["web", "server"] as const).flatMap((key_kind) => {
      const one = { ...facts, key_kind };
      return [eventKey(one, "1"), eventKey({ ...one, id: `${one.id}server` }, "1"), ...itemKeys(one, "1")];
    });
    expect(new Set(hex(both)).size).toBe(6);
  });

  test("another content under one id has a key of its own, in this store", () => {
    expect(new Set(hex([conflict("1", "x"), conflict("1", "y"), conflict("2", "x")])).size).toBe(3);
  });
});
