import { describe, expect, test, vi } from "vitest";
import { countRequest, MAX_POINTS, type Count, type Dataset } from "../../worker/src/out/counters.ts";

type Point = Parameters<Dataset["writeDataPoint"]>[0];

/** A dataset of Analytics Engine, which no local runtime lets be read: keeps what it was given. */
function dataset() {
  const points: Point[] = [];
  return { points, writeDataPoint: (point: Point) => void points.push(point) };
}

function pointsOf(counts: Count[], tenantId: string | undefined = "t1"): Point[] {
  const written = dataset();
  countRequest(written, { tenantId, counts });
  return written.points;
}

describe("what a request came to", () => {
  test("is a data point for each type and code, under the tenant's index", () => {
    const points = pointsOf([
      { type: "exposure", code: "accepted", count: 18 },
      { type: "click", code: "duplicate", count: 1 },
      { type: "unknown", code: "unknown_event_type", count: 2 },
    ]);
    expect(points).toEqual([
      { indexes: ["t1"], blobs: ["t1", "exposure", "accepted"], doubles: [18] },
      { indexes: ["t1"], blobs: ["t1", "click", "duplicate"], doubles: [1] },
      { indexes: ["t1"], blobs: ["t1", "unknown", "unknown_event_type"], doubles: [2] },
    ]);
  });

  test("is counted under a dash where no key was found", () => {
    const written = dataset();
    countRequest(written, { tenantId: undefined, counts: [{ type: "request", code: "unauthorized", count: 1 }] });
    expect(written.points).toEqual([{ indexes: ["-"], blobs: ["-", "request", "unauthorized"], doubles: [1] }]);
  });

  test("takes no more points than an invocation may write, and loses no count over that", () => {
    const counts = Array.from({ length: 400 }, (_, i): Count => ({ type: `type_${i}`, code: "accepted", count: i }));
    const points = pointsOf(counts);
    expect(points).toHaveLength(MAX_POINTS);
    expect(points.at(-1)?.blobs).toEqual(["t1", "other", "other"]);
    expect(points.reduce((sum, { doubles: [n = 0] }) => sum + n, 0)).toBe(counts.reduce((sum, { count }) => sum + count, 0));
  });

  test("as many points as are allowed are not folded", () => {
    const counts = Array.from({ length: MAX_POINTS }, (_, i): Count => ({ type: `type_${i}`, code: "accepted", count: 1 }));
    expect(pointsOf(counts).at(-1)?.blobs).toEqual(["t1", `type_${MAX_POINTS - 1}`, "accepted"]);
  });

  test.for([
    ["a tenant of 64 letters of three bytes", "あ".repeat(64), 32],
    ["one whose 96th byte is within a letter", `a${"あ".repeat(63)}`, 32],
    ["one of letters outside of Unicode's first plane", "𝒕".repeat(32), 48],
  ] as const)("%s is cut to an index of 96 bytes, in whole letters", ([, tenant, units]) => {
    const [point] = pointsOf([{ type: "click", code: "accepted", count: 1 }], tenant);
    expect(point?.indexes).toEqual([tenant.slice(0, units)]);
    expect(point?.blobs[0]).toBe(point?.indexes[0]);
    expect(Buffer.byteLength(point?.indexes[0] ?? "")).toBeLessThanOrEqual(96);
  });

  test("that cannot be written throws nothing", () => {
    const logged = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const broken: Dataset = {
      writeDataPoint() {
        throw new Error("no such dataset");
      },
    };
    countRequest(broken, { tenantId: "t1", counts: [{ type: "click", code: "accepted", count: 1 }] });
    expect(String(logged.mock.calls)).toMatch("no such dataset");
  });

  test("is written nowhere where no dataset is bound", () => {
    expect(() =>
      countRequest(undefined, { tenantId: "t1", counts: [{ type: "click", code: "accepted", count: 1 }] }),
    ).not.toThrow();
  });
});
