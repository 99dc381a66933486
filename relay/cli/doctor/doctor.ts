import { examine } from "./examine.ts";
import { JSON_OPTION, type Command } from "../lib/command.ts";
import { findingLines } from "../lib/finding-lines.ts";
import { jsonLine } from "../lib/json-line.ts";

/** `sightline doctor`: is everything there that the relay needs? */
export const doctor: Command = {
  usage: "sightline doctor [--groups A,B] [--json]",
  summary: "checks config, relay, queue, bus, slot, store and clock, and says what to do; exit code 1 where one fails",
  onStack: true,
  options: {
    groups: { type: "string", value: "A,B", help: "groups of services that subscribe by this login: whether they may, on Kafka" },
    json: JSON_OPTION,
  },
  async run({ values: { groups, json }, env, io }) {
    const found = await examine(env, typeof groups === "string" ? groups.split(",").map((group) => group.trim()) : []);
    io.stdout.write(json === true ? jsonLine(found) : findingLines(found));
    return found.some(({ verdict }) => verdict === "fail") ? 1 : 0;
  },
};
