import { describe, expect, test } from "vitest";
import type { Command, Commands } from "../../../relay/cli/lib/command.ts";
import { commands } from "../../../relay/cli/commands.ts";
import { sightline } from "./run.ts";

const flat = (among: Commands): Command[] =>
  Object.values(among).flatMap((entry) => ("commands" in entry ? flat(entry.commands) : [entry]));
const all = flat(commands).map((command) => ({ name: command.usage.split(/ [[-]/)[0] ?? "", command }));

describe("the help", () => {
  test.for(all)(
    "of $name has each flag that its usage names, with what it does, and no other",
    ({ command: { usage, options } }) => {
      const named = new Set([...usage.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag));
      expect(Object.keys(options).toSorted()).toEqual([...named].toSorted());
      for (const { help, value, type } of Object.values(options)) {
        expect(help.length).toBeGreaterThan(8);
        expect(value === undefined).toBe(type === "boolean");
      }
    },
  );

  test("is printed with the default of a flag", async () => {
    const { code, out } = await sightline(["tail", "--help"]);
    expect(code).toBe(0);
    expect(out).toMatch(/--last N\|all +records of each partition, from before now, to begin with \(default 10\)\n/);
  });
});
