/**
 * The bus `eventbridge`: an event bus whose rules hand on what is published. It cannot be read or asked what it took, so a batch of
 * unknown outcome is published again, and it hands on in no order that it promises (docs/clouds.md).
 */
import {
  DescribeEventBusCommand,
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
} from "@aws-sdk/client-eventbridge";
import type { AtLeastOnceBus } from "../../port/bus.ts";
import { clientConfig } from "../aws/client.ts";
import { type PutService, putInOrder } from "../aws/put.ts";
import { toEntry } from "./entry.ts";
import type { EventbridgeOptions } from "./settings.ts";

/** Entries of a request, at most. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MOST_ENTRIES = 10;
const AT_ONCE = 8;

/** What EventBridge says of an entry that it will never take; anything else is tried again. */
const FINAL: ReadonlySet<string> = new Set(["MalformedDetail", "InvalidArgument"]);

/** Makes the bus; nothing is asked before `open`. */
export function createEventbridgeBus(options: EventbridgeOptions): AtLeastOnceBus {
  // A request is tried once: the policy tries again, and only what is missing.
  const client = new EventBridgeClient(clientConfig(options, 1));
  const service: PutService<PutEventsRequestEntry> = {
    most: { entries: MOST_ENTRIES, bytes: options.requestBytes },
    entryBytes: options.requestBytes,
    counted: "source, topic and value",
    atOnce: AT_ONCE,
    tellsMissing: true,
    async send(entries) {
      const { Entries: answers = [] } = await client.send(new PutEventsCommand({ Entries: entries.map(({ put }) => put) }));
      return entries.map((_entry, index) => {
        const { EventId, ErrorCode, ErrorMessage = "" } = answers[index] ?? {};
        if (EventId === undefined && ErrorCode === undefined) throw new Error("expected a response for each event");
        return ErrorCode === undefined ? undefined : { reason: `${ErrorCode}: ${ErrorMessage}`, isFinal: FINAL.has(ErrorCode) };
      });
    },
  };

  return {
    name: `eventbridge (${options.bus} in ${options.region})`,
    delivery: "at-least-once",
    durable: true,
    orderByKey: false,
    async open() {
      await describeBus(client, options);
    },
    publish: ({ records }) =>
      putInOrder(
        service,
        records.map((record) => toEntry(record, options)),
      ),
    async close() {
      client.destroy();
    },
  };
}

/** Asks for the event bus, since PutEvents to one that does not exist confirms and drops. Rejects where there is none. */
export async function describeBus(client: EventBridgeClient, { bus, region, endpoint }: EventbridgeOptions): Promise<void> {
  const isThere = await client.send(new DescribeEventBusCommand({ Name: bus })).then(
    () => true,
    (error: Error) => {
      if (error.name === "ResourceNotFoundException") return false;
      throw error;
    },
  );
  if (isThere) return;
  const where = `${region}${endpoint === undefined ? "" : ` at ${endpoint}`}`;
  throw new Error(`there is no event bus ${bus} in ${where}: create it, or correct EVENTBRIDGE_BUS`);
}
