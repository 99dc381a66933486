import { isbot } from "isbot";

/** User agents that an isolate remembers: most of its requests come with few of them, and to look at one takes long. */
const REMEMBERED = 1_000;
/** Characters of a user agent that is remembered: longer ones are no browser's, and would fill the isolate's memory. */
const MOST_LENGTH = 1_000;
const known = new Map<string, boolean>();

/**
 * True for crawlers and other automated clients: by what the edge says where it says something
 * (https://developers.cloudflare.com/bots/reference/bot-management-variables/), else by the user agent, which is not kept. A caller
 * without a user agent is a backend.
 */
export function isBot(userAgent: string | undefined, edge: unknown): boolean {
  const { verifiedBot, score } = (edge ?? {}) as { verifiedBot?: unknown; score?: unknown };
  // 1 is surely automated, and 99 surely human; under 30 is likely automated. 0 is not known.
  if (verifiedBot === true || (typeof score === "number" && score > 0 && score < 30)) return true;
  if (userAgent === undefined) return false;
  let bot = known.get(userAgent);
  if (bot === undefined) {
    bot = isbot(userAgent);
    if (userAgent.length > MOST_LENGTH) return bot;
    if (known.size >= REMEMBERED) known.clear();
    known.set(userAgent, bot);
  }
  return bot;
}
