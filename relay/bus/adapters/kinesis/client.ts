/** The AWS client of the bus kinesis, and what its errors tell. */
import { KinesisClient } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type { KinesisOptions } from "./settings.ts";

/** A stream and a way to it. */
export interface Stream {
  client: KinesisClient;
  StreamName: string;
}

/**
 * Makes a client. Credentials come from where the AWS SDK finds them: variables, files, the machine's role.
 *
 * HTTP/1.1, where the SDK's default for Kinesis is HTTP/2: one request at a time gains nothing by streams, and a session that died is
 * noticed by its request alone.
 */
export function connectKinesis(options: KinesisOptions, maxAttempts: number): KinesisClient {
  const { region, endpoint, requestTimeoutMs: requestTimeout } = options;
  return new KinesisClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts,
    requestHandler: new NodeHttpHandler({ requestTimeout, throwOnRequestTimeout: true, connectionTimeout: 3_000 }),
  });
}

interface AwsError extends Error {
  code?: string;
  $metadata?: { httpStatusCode?: number };
}

const THROTTLED = new Set([
  "ProvisionedThroughputExceededException",
  "KMSThrottlingException",
  "LimitExceededException",
  "ThrottlingException",
]);

/** The request was never sent: no such host, nobody listens, nothing to sign it with. */
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "CredentialsProviderError"]);

/** Whether a request was refused since there were too many. */
export function isThrottled(error: unknown): boolean {
  return THROTTLED.has((error as AwsError).name);
}

/** Whether it is sure that nothing of the request was done: it was refused as a whole, or never sent. */
export function isRefused(error: unknown): boolean {
  const { name, code = name, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  // 408: the request began to be read.
  return status === undefined ? NOT_SENT.has(code) : status >= 400 && status < 500 && status !== 408;
}

/** Whether the stream does not exist. */
export function isNoStream(error: unknown): boolean {
  return (error as AwsError).name === "ResourceNotFoundException";
}
