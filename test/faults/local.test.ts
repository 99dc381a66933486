import { describe, expect, test } from "vitest";
import { kills } from "./scenarios/kills.ts";
import { problemsOf } from "./stage/problems-of.ts";

describe("a relay on the local bus", () => {
  test("killed at every named place and at random moments, has each event on the bus once, in order, and counted once", async () =>
    expect(await problemsOf(kills("local"))).toEqual([]));
});
