/** What one has to know of a cluster, and topics that are created in it, by the protocol functions of `@platformatic/kafka`. */
import type { Broker } from "@platformatic/kafka";
import { Denied } from "./denied.ts";
import { brokerErrors, responseOf, throwFault } from "./errors.ts";
import { type ApiResponse, type Wire } from "./wire.ts";

/** How long the brokers may take to create topics, milliseconds. */
const CREATE_MS = 5_000;
/** Number of topics among the resources that have settings, and of rights in the bits of what is allowed. https://kafka.apache.org/protocol */
const TOPIC_RESOURCE = 2;
const BROKER_RESOURCE = 4;
const OPERATIONS = { READ: 3, WRITE: 4 } as const;

/** A topic that is to be created. */
export interface NewTopic {
  name: string;
  partitions: number;
  /** -1: as the brokers say. */
  replicationFactor: number;
  /** Its own settings, by Kafka's names. */
  settings: Record<string, string>;
}

/** A topic that is there. */
export interface TopicView {
  name: string;
  /** Replicas of each partition. */
  replicas: number[];
  /** Every partition has a leader. */
  isLed: boolean;
  /** Whether whoever asks may do this to it. */
  may(operation: keyof typeof OPERATIONS): boolean;
}

/** Whether an operation is among those that brokers say are allowed. */
export function isAllowed(operations: number, operation: keyof typeof OPERATIONS): boolean {
  return (operations & (1 << OPERATIONS[operation])) !== 0;
}

/** Asks for all topics that whoever asks may know of. Rejects with a KafkaFault. */
export async function listTopics(wire: Wire): Promise<Set<string>> {
  const { topics } = await wire.ask("metadata", undefined, null, false).catch(throwFault);
  return new Set(topics.flatMap(({ name }) => name ?? []));
}

/** Asks for the brokers and for some topics; of those that are not there, or must not be known, there is nothing. */
export async function describeTopics(wire: Wire, names: string[]): Promise<{ brokers: number; topics: TopicView[] }> {
  const answer = await wire.ask("metadata", undefined, names, false, true).catch((error: unknown) => {
    // Of some it may be an error, and still say the rest.
    const response = responseOf(error) as ApiResponse<"metadata"> | undefined;
    return response ?? throwFault(error);
  });
  return {
    brokers: answer.brokers.length,
    topics: answer.topics.flatMap(({ name, partitions, topicAuthorizedOperations: allowed }) => {
      if (!name || partitions.length === 0) return [];
      return {
        name,
        replicas: partitions.map(({ replicaNodes }) => replicaNodes.length),
        isLed: partitions.every(({ leaderId }) => leaderId >= 0),
        may: (operation) => isAllowed(allowed, operation),
      } satisfies TopicView;
    }),
  };
}

/** Creates topics; one that somebody else has created meanwhile is none the less there. Rejects with a {@link Denied} or a KafkaFault. */
export async function createTopics(wire: Wire, topics: readonly NewTopic[]): Promise<void> {
  const wanted = topics.map(({ name, partitions, replicationFactor, settings }) => ({
    name,
    numPartitions: partitions,
    replicationFactor,
    assignments: [],
    configs: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
  }));
  const { brokers, controllerId } = await wire.ask("metadata", undefined, [], false).catch(throwFault);
  try {
    await wire.ask(
      "createTopics",
      brokers.find(({ nodeId }) => nodeId === controllerId),
      wanted,
      CREATE_MS,
      false,
    );
  } catch (error) {
    const errors = brokerErrors(error).filter(({ code }) => code !== "TOPIC_ALREADY_EXISTS");
    const denied = errors.filter(({ code }) => code === "TOPIC_AUTHORIZATION_FAILED");
    if (denied.length > 0)
      throw new Denied(
        denied.map(({ topic }) => `CREATE on topic ${topic ?? "(unnamed)"}`),
        error,
      );
    if (errors.length > 0 || brokerErrors(error).length === 0) throwFault(error);
  }
}

/** A setting of topics, by topic; of one whose settings must not be read there is nothing. */
export async function topicSetting(wire: Wire, names: string[], setting: string): Promise<Map<string, string>> {
  return settingOf(wire, undefined, TOPIC_RESOURCE, names, setting);
}

/** A setting of the brokers, by their ids; of one whose settings must not be read there is nothing. */
export async function brokerSetting(wire: Wire, setting: string): Promise<Map<string, string>> {
  const { brokers } = await wire.ask("metadata", undefined, [], false).catch(throwFault);
  // Each tells its own, and no other's.
  const answers = brokers.map((broker) => settingOf(wire, broker, BROKER_RESOURCE, [String(broker.nodeId)], setting));
  return new Map((await Promise.all(answers)).flatMap((answer) => [...answer]));
}

async function settingOf(
  wire: Wire,
  broker: Broker | undefined,
  resource: number,
  names: string[],
  setting: string,
): Promise<Map<string, string>> {
  const resources = names.map((resourceName) => ({
    resourceType: resource as 2,
    resourceName,
    configurationKeys: [setting],
  }));
  const answer = await wire.ask("describeConfigs", broker, resources, false, false).catch((error: unknown) => {
    const response = responseOf(error) as ApiResponse<"describeConfigs"> | undefined;
    return response ?? throwFault(error);
  });
  return new Map(answer.results.flatMap(({ resourceName, configs }) => configs.map(({ value }) => [resourceName, value ?? ""])));
}
