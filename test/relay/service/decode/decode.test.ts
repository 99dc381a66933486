import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode } from "../../../../relay/service/decode/decode.ts";
import { planRound } from "../../../../relay/service/plan/plan-round.ts";
import { envelope, KEYS, pack, queued } from "../../queue.ts";

const empty = { marker: () => undefined, message: () => undefined, keys: KEYS };
const topics = { prefix: "", dlqSuffix: ".dlq" };

describe("decode", () => {
  test("a pack of a newer version is left to the queue: it is no poison", () => {
    const newer = pack([envelope({ id: "event-01" })]).replace('"v":1', '"v":3');
    expect(decode(Buffer.from(newer), KEYS)).toEqual({ later: "pack version 3 is newer than 2, the highest that is known here" });
  });

  test("a pack of a newer version is left to the queue whatever else it says: nothing here knows its form", () => {
    expect(decode(Buffer.from('{"v":3}\nsomething\nelse'), KEYS)).toMatchObject({ later: expect.stringContaining("version 3") });
  });

  test("an envelope of a newer version is forwarded as it is", () => {
    const line = JSON.stringify(envelope({ id: "event-01" })).replace('"version":1', '"version":2');
    expect(decode(Buffer.from(pack([line])), KEYS)).toMatchObject({ lines: [{ id: "event-01", line }] });
  });

  test("what is no pack is one line that can never be forwarded", () => {
    expect(decode(Buffer.from(""), KEYS)).toMatchObject({ lines: [{ line: "", code: "undecodable_pack" }] });
    expect(decode(Buffer.from("{}\nsomething"), KEYS)).toMatchObject({ lines: [{ code: "undecodable_pack" }] });
  });

  test("an envelope of another tenant than its pack's is refused", () => {
    expect(decode(Buffer.from(pack([envelope({ id: "event-01", tenant_id: "t2" })], "t1")), KEYS)).toMatchObject({
      lines: [{ code: "invalid_envelope" }],
    });
  });

  test("whatever stands in one field, the line is planned or refused: it never throws", () => {
    const whole = envelope({ id: "event-01" });
    const paths = [
      ...Object.keys(whole),
      ...Object.keys(whole.payload).map((key) => `payload.${key}`),
      ...Object.keys(whole.metadata).map((key) => `metadata.${key}`),
      "payload.items.0",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
        const copy = structuredClone(whole) as unknown as Record<string, unknown>;
        const keys = path.split(".");
        const last = keys.pop() ?? "";
        const parent = keys.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
        parent[last] = value;
        const body = pack([JSON.stringify(copy)]);
        const decoded = decode(Buffer.from(body), KEYS);
        if (!("lines" in decoded)) throw new Error("expected lines");
        const { records, claim } = planRound([{ queue: "q", message: queued("m1", body), lines: decoded.lines }], {
          store: empty,
          topics,
          now: new Date(0),
        });
        expect(records).toHaveLength(1);
        expect(Object.values(records[0]!.headers).every((header) => typeof header === "string")).toBe(true);
        expect(
          claim.taken.every(({ surface, event_type }) => typeof surface === "string" && typeof event_type === "string"),
        ).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
