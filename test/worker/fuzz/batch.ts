/** The JSON of a body: golden events, golden events that were changed, and anything else that JSON can say. */
import * as fc from "fast-check";
import { isRecord } from "../../../worker/src/lib/is-record.ts";
import { validEvents } from "../../wire/load.ts";

/** The JSON of a body, and whether every event of it is to be taken. */
export interface BatchText {
  text: string;
  isSound: boolean;
}

type Fields = Record<string, unknown>;

// Events of a project's own types, and those that only a backend may send, have rules of their own.
const golden = validEvents().filter(({ type, name }) => type.startsWith("rec.") && !name.includes("backend"));
// One event an id: another under the same id would be refused.
const events = [...new Map(golden.map(({ event }) => [event.event_id, event as unknown as Fields])).values()];
const all = validEvents().map(({ event }) => event as unknown as Fields);

const edge = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    "",
    "\0",
    "\ud800",
    "a@b.example",
    "+31 6 1234 5678",
    "__proto__",
    "é".repeat(2100),
    "x".repeat(40_000),
  ),
  fc.constantFrom<unknown>(0, -1, 1.5, 1e300, 2 ** 53, null, true, [], {}, [[[[[[[[[[1]]]]]]]]]]),
  fc.constantFrom<unknown>("2026-02-30T10:00:00Z", "2999-01-01T00:00:00Z", "1970-01-01T00:00:00.123456789Z", "now"),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.integer(), { minKeys: 250, maxKeys: 260 }),
);
const names = [
  ...new Set(all.flatMap((event) => Object.keys(event))),
  "constructor",
  "__proto__",
  "metrics",
  "sample_rate",
  "own",
];

/** A golden event some of whose fields are changed, left out or added, or those of the first of its items. */
const changed = fc
  .tuple(
    fc.constantFrom(...all),
    fc.array(fc.tuple(fc.constantFrom(...names), fc.option(edge), fc.boolean()), { minLength: 1, maxLength: 3 }),
  )
  .map(([event, changes]) => {
    const copy = structuredClone(event);
    for (const [name, value, isInner] of changes) {
      const item: unknown = Array.isArray(copy["items"]) ? copy["items"][0] : undefined;
      const target = isInner && isRecord(item) ? item : copy;
      if (value === null) delete target[name];
      else Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return copy;
  });

const sound = fc.array(fc.constantFrom(...events), { minLength: 1, maxLength: 8 }).map((list) => ({ events: list }));
const mixed = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...events) },
    { weight: 3, arbitrary: changed },
    { weight: 1, arbitrary: edge },
  ),
  {
    maxLength: 10,
  },
);
const seldom = (usual: unknown): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 12, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: edge });
const frame = fc.record(
  {
    v: seldom(1),
    sent_at: seldom("2026-01-01T10:00:05.000Z"),
    sdk: seldom("web/1.0.0"),
    session_id: seldom("sess_a1b2c3d4"),
    common: fc.oneof(
      fc.record(
        { unit_type: seldom("user"), unit_id: seldom("u_7"), context: seldom({ app_version: "1" }), experiments: seldom([]) },
        { requiredKeys: [] },
      ),
      seldom({}),
    ),
  },
  { requiredKeys: [] },
);
const framed = fc.tuple(frame, mixed).map(([head, list]) => ({ ...head, events: list }));
/** The same in version 2: batches of version 1 as parts of one, sometimes with a field where it is of the other version. */
const parted = fc
  .tuple(fc.array(framed, { maxLength: 4 }), seldom("2026-01-01T10:00:05.000Z"), fc.nat(12), edge)
  .map(([batches, sent_at, odd, value]) => {
    const parts = batches.map(({ v: _v, sent_at: _at, ...part }: Fields) => part);
    const misplaced = [["events"], ["common"], ["session_id"], ["sdk"], ["own"]][odd] ?? [];
    return {
      v: 2,
      sent_at,
      ...Object.fromEntries(misplaced.map((name) => [name, value])),
      parts: odd === 5 ? [...parts, value] : parts,
    };
  });
/** A sound batch of version 2: its events are cut into parts, of which each may have a head. */
const soundParts = fc
  .tuple(sound, fc.infiniteStream(fc.boolean()), fc.infiniteStream(fc.boolean()))
  .map(([{ events: list }, cuts, named]) => {
    const parts: Fields[] = [];
    for (const event of list) {
      const last = parts.at(-1);
      if (last !== undefined && cuts.next().value) (last["events"] as Fields[]).push(event);
      else
        parts.push({ ...(named.next().value && { sdk: "web/1.0.0", session_id: `sess_${parts.length}_abcd` }), events: [event] });
    }
    return { v: 2, parts };
  });
/** Up to and over the limits of events and bytes. */
const large = fc
  .tuple(fc.constantFrom(...events), fc.constantFrom(100, 499, 500, 501), fc.constantFrom(0, 1000, 3000), fc.boolean())
  .map(([event, count, padding, isParted]) => {
    const padded = { ...event, ...(padding > 0 && { payload: { padding: "x".repeat(padding) } }) };
    const list = Array.from({ length: count }, (_, i) => ({ ...padded, event_id: `event_${i}_large` }));
    return isParted ? { v: 2, parts: list.map((one) => ({ events: [one] })) } : { events: list };
  });

const write = (value: unknown, isSound = false): BatchText => ({ text: JSON.stringify(value), isSound });

/** The JSON of one body. */
export const batchText: fc.Arbitrary<BatchText> = fc.oneof(
  { weight: 20, arbitrary: sound.map((value) => write(value, true)) },
  { weight: 10, arbitrary: soundParts.map((value) => write(value, true)) },
  { weight: 4, arbitrary: sound.map(({ events: list }) => write(list, true)) },
  { weight: 4, arbitrary: mixed.map((list) => ({ text: list.map((one) => JSON.stringify(one)).join("\n"), isSound: false })) },
  { weight: 5, arbitrary: fc.constantFrom(...events).map((value) => write(value, true)) },
  { weight: 40, arbitrary: framed.map((value) => write(value)) },
  { weight: 20, arbitrary: parted.map((value) => write(value)) },
  { weight: 10, arbitrary: changed.map((value) => write(value)) },
  { weight: 10, arbitrary: fc.json({ maxDepth: 5 }).map((text) => ({ text, isSound: false })) },
  { weight: 4, arbitrary: fc.string({ unit: "binary", maxLength: 200 }).map((text) => ({ text, isSound: false })) },
  { weight: 3, arbitrary: large.map((value) => write(value)) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 1, max: 20_000 })
      .map((depth) => ({ text: `{"events":${"[".repeat(depth)}${"]".repeat(depth)}}`, isSound: false })),
  },
);
