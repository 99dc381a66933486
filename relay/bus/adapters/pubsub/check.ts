/** Pub/Sub: does it respond, and are the relay's topics there? */
import { type Finding, findings } from "../../port/finding.ts";
import { allTopics, type TopicNames } from "../../port/topics.ts";
import { connectPubsub } from "./client.ts";
import type { PubsubOptions } from "./settings.ts";
import { hasTopic } from "./topics.ts";

const { ok, fail } = findings("bus");

/** Looks; creates nothing. Rejects where Pub/Sub cannot be had. */
export async function checkPubsub(options: PubsubOptions, names: TopicNames): Promise<Finding[]> {
  const clients = await connectPubsub(options);
  try {
    const topics = allTopics(names);
    const there = await Promise.all(topics.map((topic) => hasTopic(clients, topic)));
    const missing = topics.filter((_, index) => !there[index]);
    const responds = ok(`Pub/Sub responds for the project ${options.project}`);
    if (missing.length === 0) return [responds, ok(`all ${topics.length} topics are there`)];
    const found = `${missing.length} of ${topics.length} topics are missing: ${missing.join(", ")}`;
    if (options.createTopics) return [responds, ok(`${found}; the relay creates them at its start`)];
    return [responds, fail(found, "create them, or set PUBSUB_CREATE_TOPICS=true")];
  } finally {
    await clients.close();
  }
}
