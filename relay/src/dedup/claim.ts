/**
 * Decides what becomes of every envelope of a round, in order: publish, duplicate, or dead letter. Nothing is written here; the store
 * makes the claim durable.
 */
import type { DeliveryMessage } from "@sightline/worker/delivery";
import { isDeadLetterQueue } from "@sightline/worker/queue-name";
import type { BusRecord } from "../bus/bus.ts";
import { dlqName, topicName, type TopicSettings } from "../bus/topics.ts";
import type { Readable, Unreadable } from "../decode.ts";
import { deadLetter } from "../dlq/dead-letter.ts";
import { conflictKey, eventKey, itemKeys } from "./keys.ts";
import { type Claim, type Marker, type Store, tally } from "./store.ts";

/** A message of a round with its lines. */
export interface Taken {
  queue: string;
  message: DeliveryMessage;
  lines: (Readable | Unreadable)[];
}

/** What the round publishes and remembers. */
export interface Plan {
  records: BusRecord[];
  claim: Claim;
}

/** Plans a round. */
export function planRound(round: Taken[], store: Pick<Store, "marker" | "message">, topics: TopicSettings, now: Date): Plan {
  const records: BusRecord[] = [];
  const markers = new Map<string, Claim["markers"][number]>();
  const taken = tally();
  const settled = tally();
  const seen = new Set<string>();
  const claim = { messages: [] as Claim["messages"] };

  const find = (key: Buffer): Marker | undefined => markers.get(key.toString("base64")) ?? store.marker(key);
  const mark = (key: Buffer, owner: string, content_hash: string, state: Marker["state"]): void => {
    markers.set(key.toString("base64"), { key, owner, content_hash, state });
  };

  const bury = (line: Readable | Unreadable, { message }: Taken, error_code: string, error_message: string): void => {
    const readable = "id" in line ? line : undefined;
    const topic = topicName(topics, readable?.type ?? "edge.event.rejected.v1");
    const metadata = {
      original_channel: topic,
      error_type: readable ? "conflict" : "undecodable",
      error_code,
      error_message,
      details: { queue_message_id: message.id, deliveries: message.attempts },
      failed_at: now.toISOString(),
      retry_count: 0,
      first_seen_at: message.sent_at,
      trace_id: readable?.trace_id ?? "",
    };
    const record = readable ? { key: readable.partition_key, headers: headersOf(readable) } : { key: message.id, headers: {} };
    records.push(deadLetter(dlqName(topics, topic), line.line, record, metadata));
    settled.add(labels(line), `dead_lettered:${error_code}`);
  };

  const publish = (line: Readable, overlap: boolean): void => {
    const value = Buffer.from(overlap ? withFlag(line.line) : line.line);
    records.push({ topic: topicName(topics, line.type), key: line.partition_key, value, headers: headersOf(line) });
    settled.add(labels(line), "delivered");
  };

  const decide = (line: Readable, from: Taken): void => {
    const key = eventKey(line);
    const known = find(key);
    if (known && known.content_hash === line.content_hash) return settled.add(labels(line), "duplicate");
    if (known) {
      const conflict = conflictKey(line);
      if (find(conflict)) return settled.add(labels(line), "duplicate");
      mark(conflict, line.id, line.content_hash, "dead_lettered");
      return bury(line, from, "event_id_conflict", "another event was published under the same event_id");
    }
    const keys = itemKeys(line);
    const foreign = keys.filter((item) => find(item));
    if (keys.length > 0 && foreign.length === keys.length) return settled.add(labels(line), "duplicate");
    for (const item of keys) if (!foreign.includes(item)) mark(item, line.id, line.content_hash, "published");
    mark(key, line.id, line.content_hash, "published");
    return publish(line, foreign.length > 0);
  };

  for (const from of round) {
    const ref = { queue: from.queue, id: from.message.id };
    const before = seen.has(JSON.stringify(ref)) ? "settled" : store.message(ref);
    if (before === "settled") {
      for (const line of from.lines) settled.add(labels(line), "redelivered");
      continue;
    }
    seen.add(JSON.stringify(ref));
    claim.messages.push(ref);
    for (const line of from.lines) {
      if (before === undefined) {
        taken.add(labels(line), "taken");
        if (isDeadLetterQueue(from.queue)) taken.add(labels(line), "from_dead_letter_queue");
      }
      if ("code" in line) bury(line, from, line.code, line.message);
      else {
        if (line.copies > 1) settled.add(labels(line), "collapsed", line.copies - 1);
        decide(line, from);
      }
    }
  }
  return { records, claim: { ...claim, markers: [...markers.values()], taken: taken.rows(), settled: settled.rows() } };
}

function labels(line: Readable | Unreadable): { tenant_id: string; surface: string; event_type: string } {
  return "id" in line
    ? { tenant_id: line.tenant_id, surface: line.surface, event_type: line.event_type }
    : { tenant_id: line.tenant_id, surface: "", event_type: "" };
}

function headersOf({ id, event_type, trace_id, tenant_id, schema }: Readable): Record<string, string> {
  return {
    event_id: id,
    event_type,
    "content-type": "application/json",
    // Sampled flag unset: the relay decides nothing about sampling. https://www.w3.org/TR/trace-context/
    ...(/^[0-9a-f]{32}$/.test(trace_id) ? { traceparent: `00-${trace_id}-${trace_id.slice(16)}-00` } : {}),
    tenant_id,
    schema,
  };
}

/** The only case in which an envelope's bytes are not forwarded as they came. */
function withFlag(line: string): string {
  const envelope = JSON.parse(line) as { metadata: { flags?: string[] } };
  envelope.metadata.flags = [...new Set([...(envelope.metadata.flags ?? []), "items_overlap"])].toSorted();
  return JSON.stringify(envelope);
}
