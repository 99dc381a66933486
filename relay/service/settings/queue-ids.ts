/** A queue to pull from. */
export interface QueueId {
  id: string;
  /** Its name; undefined: Cloudflare is asked for it. */
  name: string | undefined;
}

/** What CLOUDFLARE_QUEUE_IDS looks like: `id` or `name=id`, separated by commas. */
export const QUEUE_IDS = /^\s*(?:[\w-]{1,63}=)?[\w-]{1,64}\s*(?:,\s*(?:[\w-]{1,63}=)?[\w-]{1,64}\s*)*$/;

/** The queues that CLOUDFLARE_QUEUE_IDS names, each once. */
export function readQueueIds(text: string): QueueId[] {
  const queues = new Map<string, QueueId>();
  for (const part of text.split(",")) {
    const [id = "", name] = part.trim().split("=").toReversed();
    if (id !== "") queues.set(id, { id, name });
  }
  return [...queues.values()];
}
