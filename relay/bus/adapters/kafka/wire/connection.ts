import type { ConnectionOptions } from "node:tls";

/** Addresses, TLS and login. */
export interface KafkaConnection {
  clientId: string;
  /** host:port each. */
  brokers: string[];
  /** undefined: no TLS. */
  tls: ConnectionOptions | undefined;
  sasl: Login | undefined;
  /** Told of each time that a broker makes the client wait, milliseconds. @default nobody is */
  onThrottled?: (ms: number) => void;
}

/** How to log in. A token is asked for anew for each login. */
export type Login =
  | { mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; username: string; password: string }
  | { mechanism: "oauthbearer"; token: () => Promise<string> };
