import { expect, test } from "vitest";
import { UsageError } from "../../../relay/cli/lib/command.ts";
import { readSince } from "../../../relay/cli/lib/since.ts";

const now = new Date("2026-02-01T00:00:00Z");

test.for([
  ["2h", "2026-01-31T22:00:00.000Z"],
  ["2026-01-31", "2026-01-31T00:00:00.000Z"],
  ["2026-01-31T10:00:00Z", "2026-01-31T10:00:00.000Z"],
  ["2026-01-31T10:00:00", "2026-01-31T10:00:00.000Z"],
  ["2026-01-31 10:00", "2026-01-31T10:00:00.000Z"],
  ["2026-01-31T10:00:00.250+02:00", "2026-01-31T08:00:00.250Z"],
] as const)("%s is %s wherever the machine is: a time without a zone is UTC", ([text, time]) => {
  const { TZ } = process.env;
  process.env["TZ"] = "America/New_York";
  try {
    expect(readSince(text, now).toISOString()).toBe(time);
  } finally {
    if (TZ === undefined) delete process.env["TZ"];
    else process.env["TZ"] = TZ;
  }
});

test.for(["yesterday", "2026-02-31T10:00:00", "2026-01-31T25:00:00", "31.01.2026"])("%s is no time", (text) => {
  expect(() => readSince(text, now)).toThrow(UsageError);
});
