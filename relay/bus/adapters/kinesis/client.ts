/** The AWS client of the bus kinesis. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { TopicNames } from "../../port/topics.ts";
import { clientConfig } from "../aws/client.ts";
import type { KinesisOptions } from "./settings.ts";

/** A stream and a way to it. */
export interface Stream {
  client: KinesisClient;
  StreamName: string;
  names: TopicNames;
}

/** Makes a client. */
export function connectKinesis(options: KinesisOptions, maxAttempts: number): KinesisClient {
  return new KinesisClient(clientConfig(options, maxAttempts));
}

/** Whether the stream does not exist. */
export function isNoStream(error: unknown): boolean {
  return (error as Error).name === "ResourceNotFoundException";
}
