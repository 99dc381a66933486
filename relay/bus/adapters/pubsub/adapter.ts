import { defineAdapter } from "../../port/adapter.ts";
import { pubsubProblems, pubsubSettings } from "./settings.ts";

export const pubsubAdapter = defineAdapter({
  names: ["pubsub"],
  summary: "Google Cloud Pub/Sub; cannot be read from its beginning",
  capabilities: {
    relay: "at least once",
    service: "at least once",
    orderByKey: true,
    read: false,
    subscribe: { groups: true, earliest: false, everyone: true, lag: false, plans: false },
    largest: "10 MB with its headers",
    tested: "pstest, Google's own server for tests: 4 MiB, no quotas, no logins",
  },
  title: "Pub/Sub",
  system: "gcp_pubsub",
  requires: ["@google-cloud/pubsub"],
  settings: pubsubSettings,
  problems: pubsubProblems,
  async create(options) {
    const { createPubsubBus } = await import("./pubsub.ts");
    return createPubsubBus(options);
  },
  async check(options, { topics }) {
    const { checkPubsub } = await import("./check.ts");
    return checkPubsub(options, topics);
  },
});
