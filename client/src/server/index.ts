/**
 * The sender for backends (Node, Workers, Deno, Bun): posts events with a server key, in as many requests as the limits ask for, and
 * again where the collector could not take them. It keeps nothing on disk: what `send` did not get accepted is the caller's.
 */
export { createSender, type Sender, type SendOptions } from "./create-sender.ts";
export { SENDER_DEFAULTS, type SenderOptions } from "./options.ts";
export { SendError } from "./send-error.ts";
export type { BatchAnswer, EventError, WireCommon, WireEvent } from "../wire/index.ts";
