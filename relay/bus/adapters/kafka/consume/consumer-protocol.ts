/**
 * A member by the consumer protocol (KIP-848, https://cwiki.apache.org/confluence/x/HhD1D): the coordinator assigns, and one request,
 * the heartbeat, does all. A partition that is to go is drained and committed, then acknowledged by a heartbeat that does not name it any
 * more; only then somebody else gets it. All other partitions go on.
 */
import { randomUUID } from "node:crypto";
import { coordinated } from "../wire/coordinated.ts";
import { brokerErrors } from "../wire/errors.ts";
import type { Wire } from "../wire/wire.ts";
import { FENCED, FencedError, type GroupOptions, type Membership, type Owner } from "./membership.ts";
import { commitOffsets, laneName, type Place } from "./offsets.ts";

interface Parts extends GroupOptions {
  /** For the coordinator alone. */
  wire: Wire;
  owner: Owner;
  /** The name of a topic by its id. Rejects where it is not to be had now. */
  topicOf(id: string): Promise<string>;
}

/** A member epoch that says that this member leaves. */
const LEAVES = -1;
const PAUSE_MS = 250;

/** Makes it. */
export function createConsumerProtocol(parts: Parts): Membership {
  const { wire, owner, group, consumer, topics, rebalanceTimeoutMs, sessionTimeoutMs, topicOf } = parts;
  const memberId = `${consumer}-${randomUUID()}`;
  /** 0: it is no member. */
  let epoch = 0;
  /** How often it became none. */
  let losses = 0;
  let owned: Place[] = [];
  /** `owned` is not what the coordinator was told. */
  let isUntold = false;
  /** What it is to have; undefined where it has that already. */
  let target: Place[] | undefined;
  const ids = new Map<string, string>();
  let intervalMs = parts.heartbeatIntervalMs;
  let aliveAt = performance.now();
  let settling: Promise<void> | undefined;
  let beating: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const leaving = new AbortController();

  const placeOf = async (topicId: string, partition: number): Promise<Place> => {
    const topic = await topicOf(topicId);
    ids.set(topic, topicId);
    return { topic, partition };
  };
  const beat = async (): Promise<void> => {
    const isFirst = epoch === 0;
    const tells = isUntold && !isFirst;
    const own = [...Map.groupBy(owned, ({ topic }) => topic)];
    const has = own.map(([topic, some]) => ({ topicId: ids.get(topic)!, partitions: some.map(({ partition }) => partition) }));
    const what = isFirst ? ([rebalanceTimeoutMs, topics, []] as const) : ([-1, null, tells ? has : null] as const);
    const [timeoutMs, wanted, partitions] = what;
    const list = partitions === null ? null : [...partitions];
    const answer = await coordinated(wire, "group", group, (broker) =>
      wire.ask("consumerHeartbeat", broker, group, memberId, epoch, null, null, timeoutMs, wanted, null, null, list),
    );
    aliveAt = performance.now();
    epoch = answer.memberEpoch;
    intervalMs = answer.heartbeatIntervalMs;
    if (tells) isUntold = false;
    if (answer.assignment === null) return;
    const places = answer.assignment.topicPartitions.flatMap(({ topicId, partitions: numbers }) =>
      numbers.map((partition) => placeOf(topicId, partition)),
    );
    target = await Promise.all(places);
  };
  /** One at a time: two that overlap would tell of different epochs. */
  const heartbeat = async (): Promise<void> => {
    beating = beating.catch(() => {}).then(beat);
    await beating;
  };
  const fenced = async (): Promise<void> => {
    losses++;
    [owned, target, epoch, isUntold] = [[], undefined, 0, false];
    await owner.lose();
  };
  /** Gives up what is to go and tells so; then takes what is to come, and tells that. */
  const settle = async (): Promise<void> => {
    const before = losses;
    while (target !== undefined && !leaving.signal.aborted) {
      const aim: Place[] = target;
      const going = without(owned, aim);
      const coming = without(aim, owned);
      if (going.length > 0) await owner.revoke(going);
      else if (coming.length > 0) await owner.assign(coming);
      if (losses !== before) return;
      owned = going.length > 0 ? without(owned, going) : [...owned, ...coming];
      if (going.length === 0 && target === aim) target = undefined;
      isUntold = true;
      await heartbeat();
    }
  };
  const aside = async (work: () => Promise<void>): Promise<boolean> => {
    try {
      await work();
      return true;
    } catch (error) {
      await failed(error as Error);
      return false;
    }
  };
  const failed = async (error: Error): Promise<void> => {
    if (leaving.signal.aborted) return;
    const codes = brokerErrors(error).map(({ code }) => code);
    if (codes.some((code) => FENCED.has(code))) return fenced();
    owner.fault(error);
    wire.forget();
    // Nobody knows whether the group still counts on this member: by its own clock it does not.
    if (performance.now() - aliveAt > sessionTimeoutMs && epoch !== 0) await fenced();
  };
  const goOn = (): void => {
    if (target !== undefined) settling ??= aside(settle).then(() => void (settling = undefined));
  };
  const round = async (): Promise<void> => {
    const went = await aside(heartbeat);
    if (went) owner.fault(undefined);
    goOn();
    if (!leaving.signal.aborted) timer = setTimeout(() => void round(), went ? intervalMs : PAUSE_MS);
  };

  return {
    async join() {
      await heartbeat();
      goOn();
      timer = setTimeout(() => void round(), intervalMs);
    },
    async commit(offsets) {
      for (;;) {
        const as = epoch;
        try {
          return await commitOffsets(wire, group, { memberId, epoch: as }, offsets);
        } catch (error) {
          const codes = brokerErrors(error).map(({ code }) => code);
          // The coordinator has gone on to the next epoch while this was under way, which alone takes nothing from anybody.
          if (codes.includes("STALE_MEMBER_EPOCH") && as !== 0) {
            if (epoch === as) await heartbeat().catch(() => {});
            if (epoch !== as && epoch !== 0) continue;
          }
          if (!codes.some((code) => FENCED.has(code))) throw error;
          await fenced();
          throw new FencedError(`the group ${group} has gone on without ${memberId}`, { cause: error });
        }
      }
    },
    async leave() {
      leaving.abort();
      clearTimeout(timer);
      await settling;
      await beating.catch(() => {});
      await coordinated(wire, "group", group, (broker) =>
        wire.ask("consumerHeartbeat", broker, group, memberId, LEAVES, null, null, -1, null, null, null, null),
      ).catch(() => {});
    },
  };
}

function without(places: readonly Place[], others: readonly Place[]): Place[] {
  const names = new Set(others.map(laneName));
  return places.filter((place) => !names.has(laneName(place)));
}
