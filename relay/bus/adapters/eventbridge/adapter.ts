import { defineAdapter } from "../../port/adapter.ts";
import { eventbridgeProblems, eventbridgeSettings } from "./settings.ts";

export const eventbridgeAdapter = defineAdapter({
  names: ["eventbridge"],
  summary: "for rules and their targets; cannot be read",
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
