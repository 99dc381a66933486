/** What is read out of errors of requests. */
import * as kafka from "@platformatic/kafka";
import { KafkaFault, topicFault } from "./faults.ts";

/** An error that a broker named, by the protocol's name of it; `topic` where it is of one. */
export interface BrokerError {
  code: string;
  message: string;
  topic: string | undefined;
}

/** What a response says beside its errors; undefined where there was none. */
export function responseOf(error: unknown): unknown {
  return error instanceof kafka.ResponseError ? error["response"] : undefined;
}

/** The errors that brokers named; empty where none did. */
export function brokerErrors(error: unknown): BrokerError[] {
  if (!(error instanceof kafka.ResponseError)) return [];
  const names = topicNames(error["response"]);
  return (error.errors as kafka.ProtocolError[]).flatMap(({ apiId, path = "", serverErrorMessage, message }) => {
    // What is wrong with single records comes beside the error of their batch.
    if (path.includes("/record_errors/")) return [];
    const place = /\/(?:topics|topic_results|responses)\/(\d+)/.exec(path)?.[1];
    return [
      { code: apiId, message: serverErrorMessage || message, topic: place === undefined ? undefined : names[Number(place)] },
    ];
  });
}

/** The topics of a response, in its order; the kinds of responses that tell of topics differ in how. */
function topicNames(answer: unknown): (string | undefined)[] {
  type Named = { name: string }[];
  const { responses, topics, resultsByTransaction } = answer as {
    responses?: Named;
    topics?: Named;
    resultsByTransaction?: { topicResults: Named }[];
  };
  return (responses ?? topics ?? resultsByTransaction?.[0]?.topicResults ?? []).map(({ name }) => name);
}

/** The response, where it names errors too. Rejects where there is none. */
export async function whole<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof kafka.ResponseError) return error["response"] as T;
    throw error;
  }
}

/** The protocol's name of an error's number. */
export function errorName(code: number): string {
  return kafka.protocolErrorsCodesById[code] ?? `error ${code}`;
}

/** Throws an error as the bus understands it. */
export function throwFault(error: unknown): never {
  // A request that names several partitions is done for all or for none; for those that were not at fault it says this.
  const errors = brokerErrors(error).filter(({ code }) => code !== "OPERATION_NOT_ATTEMPTED");
  const [first] = errors;
  if (first === undefined)
    throw error instanceof KafkaFault ? error : new KafkaFault(reason(error as Error), [], { cause: error });
  const faults = errors.map(({ topic, code, message }) => {
    return topic === undefined ? undefined : topicFault(topic, code, message, error as Error);
  });
  const topics = faults.every((fault) => fault !== undefined && fault.topics.length > 0)
    ? faults.flatMap((fault) => fault?.topics ?? [])
    : [];
  const about = first.topic === undefined ? "" : `${first.topic}: `;
  throw new KafkaFault(`${about}${first.code}: ${first.message}`, topics, { cause: error });
}

/** The library's errors say "multiple" and "failed", and keep why to themselves. */
function reason(error: Error): string {
  const inner = error instanceof AggregateError ? (error.errors as Error[]) : error.cause instanceof Error ? [error.cause] : [];
  return [error.message, ...inner.map(reason)].filter((text) => text !== "").join(": ");
}
