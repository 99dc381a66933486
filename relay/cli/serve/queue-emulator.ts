import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startQueueEmulator } from "../../queue-emulator/queue-emulator.ts";
import type { QueueSettings } from "../../queue-emulator/queue-store.ts";
import { type Command, UsageError } from "../lib/command.ts";
import { aborted } from "../../lib/aborted.ts";

/** The queues of docs/operate.md: each with its dead-letter queue, whose own is where messages are parked. */
const QUEUES = [
  "sightline-events=sightline-events-dlq",
  "sightline-rejects=sightline-rejects-dlq",
  "sightline-events-dlq=sightline-parked",
  "sightline-rejects-dlq=sightline-parked",
  "sightline-parked",
];

/** `sightline queue-emulator`: queues on this machine, with the pull API of Cloudflare's. */
export const queueEmulator: Command = {
  usage:
    "sightline queue-emulator [--port N] [--data-dir DIR] [--queue NAME[=DEAD_LETTER_QUEUE]]… [--max-retries N] [--delivery-delay S] [--retry-delay S]",
  summary: "emulates the pull API of Cloudflare Queues on this machine, over queues in DIR; prints the settings for SOURCE=pull",
  options: {
    port: { type: "string", value: "N", default: "8790", help: "port of the API on 127.0.0.1; 0: any free one" },
    "data-dir": { type: "string", value: "DIR", help: "folder of the queues; DATA_DIR/queues otherwise" },
    queue: {
      type: "string",
      value: "NAME[=DLQ]",
      multiple: true,
      help: "a queue, and the one that its messages go to when their retries are used up; those of docs/operate.md otherwise",
    },
    "max-retries": { type: "string", value: "N", default: "3", help: "retries of a message" },
    "delivery-delay": { type: "string", value: "S", default: "0", help: "seconds before a message is first delivered" },
    "retry-delay": {
      type: "string",
      value: "S",
      default: "0",
      help: "seconds before a message that was given back is delivered again",
    },
  },
  async run({ values, env, io }) {
    const number = (name: string, most: number): number => {
      const value = Number(values[name]);
      if (Number.isInteger(value) && value >= 0 && value <= most) return value;
      throw new UsageError(`--${name}: expected a whole number from 0 to ${most}, got ${String(values[name])}`);
    };
    const port = number("port", 65_535);
    const rules = {
      maxRetries: number("max-retries", 100),
      deliveryDelay: number("delivery-delay", 43_200),
      retryDelay: number("retry-delay", 43_200),
    };
    const queues = ((values["queue"] as string[] | undefined) ?? QUEUES).map((text) => readQueue(text, rules));
    const dataDir = String(values["data-dir"] ?? join(env["DATA_DIR"] || ".sightline", "queues"));
    const accountId = env["CLOUDFLARE_ACCOUNT_ID"] || "0".repeat(32);
    const token = env["CLOUDFLARE_API_TOKEN"] || randomBytes(24).toString("base64url");
    const stopped = aborted(io.stopSignal());
    const emulator = await startQueueEmulator({ queues, dataDir, accountId, token, port });
    const print = (name: string, value: string): void => void io.stdout.write(`${name}=${value}\n`);
    const ids = Array.from(emulator.ids, ([name, id]) => `${name}=${id}`);
    print("CLOUDFLARE_API_URL", emulator.apiUrl);
    print("CLOUDFLARE_ACCOUNT_ID", accountId);
    // One that came from the environment is known there, and stays out of the terminal.
    if (!env["CLOUDFLARE_API_TOKEN"]) print("CLOUDFLARE_API_TOKEN", token);
    print("CLOUDFLARE_QUEUE_IDS", ids.filter((id) => !id.includes("-parked")).join(","));
    io.stderr.write(`sightline: an emulator, not Cloudflare Queues; the queues are in ${dataDir}\n`);
    await stopped;
    await emulator.close();
    return 0;
  },
};

function readQueue(text: string, rules: Omit<QueueSettings, "name" | "deadLetterQueue">): QueueSettings {
  const [, name, deadLetterQueue] = /^([\w-]{1,63})(?:=([\w-]{1,63}))?$/.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--queue: expected a queue's name, or name=dead-letter-queue, got ${text}`);
  return { name, deadLetterQueue, ...rules };
}
