import { hostname } from "node:os";
import { describe, expect, test } from "vitest";
import { createPlaceWatch, holderText, readHolder, writeNote } from "../../../../relay/bus/port/holder.ts";

const last = (batch: number, receipt: string) => readHolder(batch, JSON.stringify({ receipt }));

describe("who has a place", () => {
  test("is read as it was written, on which machine and in which folder", () => {
    const holder = readHolder(7, writeNote("1.abc", "/var/lib/sightline"));
    expect(holder).toMatchObject({ batch: 7, receipt: "1.abc", host: hostname(), folder: "/var/lib/sightline" });
    expect(holderText(holder)).toContain(`batch 7, by the relay with DATA_DIR /var/lib/sightline on ${hostname()}, at 20`);
  });

  test.for([undefined, null, "", "no JSON", "7", '{"receipt":7}'])("is nobody who is known where %s is written", (note) => {
    expect(holderText(readHolder(7, note))).toBe("batch 7");
  });

  test("fits into what a broker takes beside an offset, whatever the folder", () => {
    expect(Buffer.byteLength(writeNote("281474976710655.abcdefghijkl", `/${"ü".repeat(5_000)}`))).toBeLessThan(4096);
  });
});

describe("a relay that looks after its place", () => {
  test("takes it over from whoever had it, and finds its own batches there, confirmed or not", () => {
    const watch = createPlaceWatch();
    watch.found(last(5, "b.5"));
    watch.given({ number: 6, receipt: "a.6" });
    watch.found(last(5, "b.5"));
    watch.given({ number: 6, receipt: "a.6" });
    watch.found(last(6, "a.6"));
    for (const number of [7, 8, 9]) {
      watch.given({ number, receipt: `a.${number}` });
      watch.confirmed();
    }
    watch.given({ number: 10, receipt: "a.10" });
    expect(watch.found(last(9, "a.9")).batch).toBe(9);
  });

  test.for([
    ["a later batch", last(7, "b.7")],
    ["a batch of the same number", last(6, "b.6")],
    ["an earlier batch", last(2, "b.2")],
  ] as const)("is told of %s that is not its own", ([, found]) => {
    const watch = createPlaceWatch();
    watch.found(last(5, "a.5"));
    watch.given({ number: 6, receipt: "a.6" });
    expect(() => watch.found(found)).toThrow(/another relay has its place.*RELAY_SLOT of its own/);
  });
});
