import { styleText } from "node:util";
import { examine } from "./examine.ts";
import type { Finding } from "../../bus/port/finding.ts";
import { JSON_OPTION, type Command } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** `sightline doctor`: is everything there that the relay needs? */
export const doctor: Command = {
  usage: "sightline doctor [--groups A,B] [--json]",
  summary: "checks config, relay, queue, bus, store and clock, and says what to do; exit code 1 where one fails",
  onStack: true,
  options: {
    groups: { type: "string", value: "A,B", help: "groups of services that subscribe by this login: whether they may, on Kafka" },
    json: JSON_OPTION,
  },
  async run({ values: { groups, json }, env, io }) {
    const found = await examine(env, typeof groups === "string" ? groups.split(",").map((group) => group.trim()) : []);
    io.stdout.write(json === true ? jsonLine(found) : `${found.map(lines).join("\n")}\n${summary(found)}\n`);
    return found.some(({ verdict }) => verdict === "fail") ? 1 : 0;
  },
};

function lines({ check, verdict, found, advice }: Finding): string {
  const line = `${styleText(COLOURS[verdict], verdict.padEnd(5))} ${check.padEnd(7)} ${found}`;
  return advice === undefined ? line : `${line}\n              -> ${advice}`;
}

function summary(found: Finding[]): string {
  const count = (verdict: Finding["verdict"]) => found.filter((finding) => finding.verdict === verdict).length;
  return `\n${count("ok")} ok, ${count("warn")} to know of, ${count("fail")} to see to`;
}
