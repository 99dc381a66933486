import { describe, expect, it } from "vitest";
import { readArgs } from "../../demo/replay/args.ts";
import { UsageError } from "../../relay/cli/lib/command.ts";

describe("readArgs", () => {
  it("reads a file and its options", () => {
    expect(readArgs(["log.csv", "--twice", "--rate", "250.5", "--endpoint", "http://127.0.0.1:1", "--key", "sk"])).toEqual({
      file: "log.csv",
      twice: true,
      shuffle: false,
      rate: 250.5,
      target: { endpoint: "http://127.0.0.1:1", key: "sk" },
      json: false,
    });
    expect(readArgs(["--help"])).toBeUndefined();
  });

  it.each([
    [[], "expected one FILE.csv, got 0"],
    [["a", "b"], "expected one FILE.csv, got 2"],
    [["a", "--rate", "fast"], '--rate: expected events a second, above 0, got "fast"'],
    [["a", "--rate", "0"], "--rate"],
    [["a", "--key", "sk"], "--endpoint and --key go together"],
    [["a", "--endpoint", "ftp://x", "--key", "sk"], "--endpoint: expected an http(s) address"],
    [["a", "--thrice"], "--thrice"],
  ])("refuses %j", (args, message) => {
    expect(() => readArgs(args)).toThrow(UsageError);
    expect(() => readArgs(args)).toThrow(message);
  });
});
