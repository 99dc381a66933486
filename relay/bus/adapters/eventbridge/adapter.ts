import { defineAdapter } from "../../port/adapter.ts";
import { eventbridgeProblems, eventbridgeSettings } from "./settings.ts";

export const eventbridgeAdapter = defineAdapter({
  names: ["eventbridge"],
  summary: "for rules and their targets; cannot be read",
  capabilities: {
    relay: "at least once",
    service: "at least once",
    orderByKey: false,
    read: false,
    largest: "256 KB with its topic and source",
    tested: "moto, an emulator: no order, no limits, no retries of targets, and it says so where AWS drops quietly",
  },
  title: "EventBridge",
  system: "aws_eventbridge",
  requires: ["@aws-sdk/client-eventbridge", "@smithy/node-http-handler"],
  settings: eventbridgeSettings,
  problems: eventbridgeProblems,
  async create(options) {
    const { createEventbridgeBus } = await import("./eventbridge.ts");
    return createEventbridgeBus(options);
  },
  async check(options) {
    const { checkEventbridge } = await import("./check.ts");
    return checkEventbridge(options);
  },
});
