/**
 * A member by the classic protocol, with cooperative rebalancing (KIP-429): a member that leads the group assigns, and whoever is to give
 * partitions up drains and commits these, then joins again so that they are handed on. All other partitions go on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { KafkaConnection } from "../wire/connection.ts";
import { coordinated } from "../wire/coordinated.ts";
import { brokerErrors, whole } from "../wire/errors.ts";
import { createWire, type Wire } from "../wire/wire.ts";
import { findLayout } from "./layout.ts";
import { FENCED, FencedError, type GroupOptions, type Membership, type Owner } from "./membership.ts";
import { commitOffsets, laneName, type Place } from "./offsets.ts";
import { assignSticky } from "./sticky.ts";
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from "./subscription-bytes.ts";

interface Parts extends GroupOptions {
  /** For the coordinator alone. */
  wire: Wire;
  connection: KafkaConnection;
  owner: Owner;
}

/** The strategy's name in the protocol. */
const PROTOCOL = "cooperative-sticky";
const TYPE = "consumer";
const PAUSE_MS = 250;
/** A join may take so much longer than the members have, milliseconds. */
const JOIN_MARGIN_MS = 5_000;
/** How often the leader looks for new topics and partitions, milliseconds. */
const LOOK_MS = 5_000;

/** Makes it. */
export function createClassicProtocol(parts: Parts): Membership {
  const { wire, connection, owner, group, consumer, topics, sessionTimeoutMs, heartbeatIntervalMs, rebalanceTimeoutMs } = parts;
  // A join is answered when all have joined, and a broker responds to one request of a connection after the other.
  const joining = createWire({ ...connection, clientId: consumer }, rebalanceTimeoutMs + JOIN_MARGIN_MS);
  let memberId = "";
  let generation = -1;
  let owned: Place[] = [];
  let aliveAt = performance.now();
  /** Partitions of the topics when this member last assigned them; undefined where another one leads. */
  let assigned: string | undefined;
  let isJoining = false;
  let running: Promise<void> = Promise.resolve();
  const stop = new AbortController();

  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal: stop.signal }).catch(() => {});
  const join = async () => {
    const metadata = writeSubscription({ topics, owned, generation });
    const protocols = [{ name: PROTOCOL, metadata }];
    return coordinated(joining, "group", group, (broker) =>
      joining.ask("joinGroup", broker, group, sessionTimeoutMs, rebalanceTimeoutMs, memberId, null, TYPE, protocols),
    );
  };
  /** Joins and learns what is this member's. */
  const rejoin = async (): Promise<Place[]> => {
    const answer = await join().catch(async (error: unknown) => {
      if (!codesOf(error).includes("MEMBER_ID_REQUIRED")) throw error;
      // The coordinator has given this member its id, and wants to be asked under it.
      ({ memberId } = await whole<{ memberId: string }>(Promise.reject(error as Error)));
      return join();
    });
    // From now on the coordinator knows of this generation alone.
    [memberId, generation] = [answer.memberId, answer.generationId];
    const isLeader = answer.leader === memberId;
    const assignments = isLeader && !answer.skipAssignment ? await assign(answer.members) : [];
    if (!isLeader) assigned = undefined;
    const { assignment } = await coordinated(joining, "group", group, (broker) =>
      joining.ask("syncGroup", broker, group, generation, memberId, null, TYPE, PROTOCOL, assignments),
    );
    aliveAt = performance.now();
    return readAssignment(assignment);
  };
  const assign = async (members: { memberId: string; metadata: Buffer }[]) => {
    const joined = members.map(({ memberId: id, metadata }) => ({ id, ...readSubscription(metadata) }));
    const wanted = [...new Set(joined.flatMap((member) => member.topics))];
    const layout = await findLayout(wire, wanted);
    const partitions = new Map([...layout].map(([topic, { leaders }]) => [topic, leaders.length]));
    assigned = JSON.stringify([...partitions]);
    return [...assignSticky(joined, partitions)].map(([id, places]) => ({ memberId: id, assignment: writeAssignment(places) }));
  };
  /** Gives up what is to go, and takes what is to come. True where somebody waits for what was given up. */
  const settle = async (target: Place[]): Promise<boolean> => {
    const wanted = new Set(target.map(laneName));
    const have = new Set(owned.map(laneName));
    const going = owned.filter((place) => !wanted.has(laneName(place)));
    const coming = target.filter((place) => !have.has(laneName(place)));
    if (coming.length > 0) await owner.assign(coming);
    owned = [...owned, ...coming];
    if (going.length === 0) return false;
    const gone = new Set(going.map(laneName));
    await alongHeartbeats(owner.revoke(going));
    owned = owned.filter((place) => !gone.has(laneName(place)));
    return true;
  };
  const alongHeartbeats = async (work: Promise<void>): Promise<void> => {
    const done = new AbortController();
    const ended = work.finally(() => done.abort());
    while (!done.signal.aborted) {
      await sleep(heartbeatIntervalMs, undefined, { signal: done.signal }).catch(() => {});
      if (!done.signal.aborted) await heartbeat().catch(() => {});
    }
    await ended;
  };
  const heartbeat = async (): Promise<void> => {
    await coordinated(wire, "group", group, (broker) => wire.ask("heartbeat", broker, group, generation, memberId, null));
    aliveAt = performance.now();
    owner.fault(undefined);
  };
  const fenced = async (): Promise<void> => {
    [owned, generation, memberId] = [[], -1, ""];
    await owner.lose();
  };
  const failed = async (error: Error): Promise<void> => {
    if (stop.signal.aborted) return;
    const codes = codesOf(error);
    if (codes.some((code) => FENCED.has(code))) return fenced();
    if (codes.includes("REBALANCE_IN_PROGRESS")) return;
    owner.fault(error);
    wire.forget();
    joining.forget();
    await pause(PAUSE_MS);
    // Nobody knows whether the group still counts on this member: by its own clock it does not.
    if (performance.now() - aliveAt > sessionTimeoutMs && generation !== -1) await fenced();
  };
  /** Beats until the group is to be joined again. */
  const stay = async (): Promise<void> => {
    let lookedAt = performance.now();
    while (!stop.signal.aborted) {
      await pause(heartbeatIntervalMs);
      if (stop.signal.aborted) return;
      try {
        await heartbeat();
      } catch (error) {
        await failed(error as Error);
        if (codesOf(error).includes("REBALANCE_IN_PROGRESS") || generation === -1) return;
      }
      if (assigned === undefined || performance.now() - lookedAt < LOOK_MS) continue;
      lookedAt = performance.now();
      const layout = await findLayout(wire, topics).catch(() => undefined);
      const now = layout && JSON.stringify([...layout].map(([topic, { leaders }]) => [topic, leaders.length]));
      if (now !== undefined && now !== assigned) return;
    }
  };
  const run = async (first: Place[]): Promise<void> => {
    let target: Place[] | undefined = first;
    while (!stop.signal.aborted) {
      try {
        isJoining = true;
        target ??= await rejoin();
        isJoining = false;
        owner.fault(undefined);
        const isWaitedFor = await settle(target);
        target = undefined;
        if (!isWaitedFor) await stay();
      } catch (error) {
        target = undefined;
        isJoining = false;
        await failed(error as Error);
      }
    }
  };

  return {
    async join() {
      const first = await rejoin();
      running = run(first);
    },
    async commit(offsets) {
      const as = generation;
      try {
        await commitOffsets(wire, group, { memberId, epoch: as }, offsets);
      } catch (error) {
        const codes = codesOf(error);
        // While the group makes its next generation the offsets of this one are taken later, and nobody else has the partitions.
        const isBetween = codes.includes("ILLEGAL_GENERATION") && (isJoining || generation !== as);
        if (isBetween || !codes.some((code) => FENCED.has(code))) throw error;
        await fenced();
        throw new FencedError(`the group ${group} has gone on without ${consumer}`, { cause: error });
      }
    },
    async leave() {
      stop.abort();
      const leaving = coordinated(wire, "group", group, (broker) => wire.ask("leaveGroup", broker, group, [{ memberId }]));
      await leaving.catch(() => {});
      joining.destroy();
      await running.catch(() => {});
    },
  };
}

/** What brokers said, by the protocol's names. */
function codesOf(error: unknown): string[] {
  return brokerErrors(error).map(({ code }) => code);
}
