/** The queue's side: lanes side by side, each delivering its messages in order, again and again until each is acked. */
import { setTimeout as sleep } from "node:timers/promises";
import type { DeliveryAnswer } from "../../../worker/src/envelope/delivery.ts";
import { deliver, message } from "../../relay/queue.ts";
import type { Lane } from "./load.ts";

interface DeliverOptions {
  /** Address of the relay, which changes when it is started again. */
  url: () => string;
  token: string;
  lanes: Lane[];
  /** Ends it, with an error that says what was left. */
  signal: AbortSignal;
  /** Messages in one delivery. @default 2 */
  batch?: number;
  /** Least time from one delivery of a lane to the next, milliseconds: the limited rate. @default 0 */
  paceMs?: number;
  /** Told each time that messages were acked, of how many are left. */
  onAck?: (left: number) => void;
}

/** Milliseconds until a delivery that was refused or lost is made again. */
const AGAIN_MS = 50;

/** Resolves when every message is acked. Returns how many deliveries were made, and how many of them refused or not answered. */
export async function deliverAll(options: DeliverOptions): Promise<{ deliveries: number; refused: number }> {
  const { url, token, lanes, signal, batch = 2, paceMs = 0, onAck } = options;
  const counted = { deliveries: 0, refused: 0 };
  let left = lanes.reduce((sum, lane) => sum + lane.size, 0);
  let lastAnswer = "none";

  const ack = async (waiting: Lane, response: Response): Promise<void> => {
    const { verdicts } = (await response.json()) as DeliveryAnswer;
    const acked = verdicts.filter(({ id, verdict }) => verdict === "ack" && waiting.delete(id));
    left -= acked.length;
    onAck?.(left);
    if (acked.length < verdicts.length) await sleep(AGAIN_MS);
  };
  const runLane = async (lane: Lane): Promise<void> => {
    const waiting = new Map(lane);
    const attempts = new Map<string, number>();
    while (waiting.size > 0) {
      if (signal.aborted) throw new Error(`${left} messages were not acked in time; the relay's last answer: ${lastAnswer}`);
      const paced = sleep(paceMs);
      const some = [...waiting].slice(0, batch).map(([id, body]) => {
        attempts.set(id, (attempts.get(id) ?? 0) + 1);
        return message(id, body, attempts.get(id));
      });
      counted.deliveries++;
      try {
        const response = await deliver(url(), token, some);
        lastAnswer = String(response.status);
        if (response.ok) await ack(waiting, response);
        else {
          lastAnswer += ` ${await response.text()}`;
          throw new TypeError("refused");
        }
      } catch (error) {
        // A TypeError is fetch's: the relay is away.
        if (!(error instanceof TypeError)) throw error;
        counted.refused++;
        await sleep(AGAIN_MS);
      }
      await paced;
    }
  };
  await Promise.all(lanes.map(runLane));
  return counted;
}
