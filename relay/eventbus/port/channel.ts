/** A topic as the bus has it, and the channel that the service knows it by. */
export interface Channel {
  /** Without prefix. */
  name: string;
  /** With prefix. */
  topic: string;
  /** The topic of its dead letters. */
  dlq: string;
}
