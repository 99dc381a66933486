/** What the clients of AWS's services have in common, and what their errors tell. */
import { NodeHttpHandler } from "@smithy/node-http-handler";

/** Where a service is. */
export interface AwsPlace {
  region?: string | undefined;
  /** Unset: that of the region. */
  endpoint?: string | undefined;
  /** Milliseconds that a request may take. */
  requestTimeoutMs: number;
}

/**
 * The configuration of a client. Credentials come from where the AWS SDK finds them: variables, files, the machine's role.
 *
 * HTTP/1.1, where the SDK's default for Kinesis is HTTP/2: one request at a time gains nothing by streams, and a session that died is
 * noticed by its request alone.
 */
export function clientConfig({ region, endpoint, requestTimeoutMs: requestTimeout }: AwsPlace, maxAttempts: number) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts,
    requestHandler: new NodeHttpHandler({ requestTimeout, throwOnRequestTimeout: true, connectionTimeout: 3_000 }),
  };
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
  "RequestThrottled",
  "KmsThrottled",
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

/** An error as one line. */
export function lineOf(error: unknown): string {
  const { name, message } = error as Error;
  return `${name}: ${message}`;
}
