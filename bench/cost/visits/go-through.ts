/** The visits of one profile, one after the other. */
import { setTimeout as sleep } from "node:timers/promises";
import { createHand } from "./hand.ts";
import { createLog, recordedIn, type Kill, type ProfileLog, type VisitLog } from "./log.ts";
import { openTab } from "./open-tab.ts";
import type { Profile } from "./profile.ts";
import type { Random } from "./random.ts";
import { visit } from "./visit.ts";

/** Milliseconds for which a closed tab's last requests are waited for. */
const AFTER_MS = 3_000;
/** Milliseconds that the last visit takes: at least, and at most where something has not come. */
const LAST_MS = [8_000, 120_000] as const;
/** Seconds after its begin within which a visit is killed: it takes longer. */
const KILLED = [1, 40] as const;

/** What a profile's visits are about. */
export interface GoOptions {
  profile: Profile;
  shop: string;
  name: string;
  random: Random;
  kill: Kill | undefined;
  /** Whether the collector has taken an event. */
  hasCome: (id: string) => boolean;
}

/** A visit; after one that was killed another; and a last one, which waits until all that was recorded before it has come. */
export async function goThrough(options: GoOptions): Promise<ProfileLog> {
  const { name, kill, random, hasCome } = options;
  const first = createLog(name);
  const again = createLog(`${name}-again`);
  await (kill ? killedVisit(options, first, kill) : wholeVisit(options, first, random));
  if (kill) await wholeVisit(options, again, random);
  const before = [first, ...(kill ? [again] : [])];
  const last = createLog(`${name}-last`);
  await lastVisit(options, last, () => before.flatMap(recordedIn).every(({ id }) => hasCome(id)));
  return { first, later: [...before.slice(1), last] };
}

async function wholeVisit({ profile, shop }: GoOptions, log: VisitLog, random: Random): Promise<void> {
  const { page } = await enter(profile, shop, log);
  const step = stepsOf(log);
  await visit(createHand(page, random), random, step);
  step("closes the tab");
  await page.close({ runBeforeUnload: true });
  await sleep(AFTER_MS);
}

async function killedVisit({ profile, shop, random }: GoOptions, log: VisitLog, kill: Kill): Promise<void> {
  log.killed = kill;
  const ms = random.between(...KILLED) * 1000;
  const { page, crash } = await enter(profile, shop, log);
  const step = stepsOf(log);
  // What a hand does on a page that has gone fails.
  visit(createHand(page, random), random, step).catch(() => {});
  await sleep(ms);
  step(`the ${kill} is killed`);
  await (kill === "tab" ? crash() : profile.restart());
}

async function lastVisit({ profile, shop }: GoOptions, log: VisitLog, isDone: () => boolean): Promise<void> {
  const [least, most] = LAST_MS;
  const until = performance.now() + most;
  await enter(profile, shop, log);
  await sleep(least);
  while (!isDone() && performance.now() < until) await sleep(100);
}

async function enter(profile: Profile, shop: string, log: VisitLog) {
  const tab = await openTab(profile.context(), log.name, (told) => log.told.push(told));
  stepsOf(log)("opens the shop");
  await tab.page.goto(shop);
  return tab;
}

const stepsOf =
  ({ steps }: VisitLog) =>
  (what: string): void =>
    void steps.push({ at: Date.now(), what });
