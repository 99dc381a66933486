/**
 * Requests to brokers by the protocol functions of `@platformatic/kafka`. Its own producer is not used: it tries a produce again without
 * end, asks for a transaction's producer id as if it held one already, and has no way to put an offset into a transaction but a message
 * of its consumer.
 */
import * as kafka from "@platformatic/kafka";
import type { KafkaConnection } from "./connection.ts";
import { fetchRequest } from "./fetch-request.ts";
import { isLoggedOut, saslOf } from "./login.ts";
import { produce } from "./produce-request.ts";
import { createThrottle } from "./throttle.ts";

/** How long a broker may take to respond, milliseconds. */
export const REQUEST_MS = 7_000;
/** How long a connection may take, milliseconds. */
export const CONNECT_MS = 3_000;

/** Versions of each request, best first: those whose arguments are the same and whose responses tell what is needed. */
const VERSIONS = {
  produce,
  metadata: [kafka.metadataV12, kafka.metadataV9, kafka.metadataV8, kafka.metadataV7, kafka.metadataV5],
  findCoordinator: [kafka.findCoordinatorV4, kafka.findCoordinatorV3, kafka.findCoordinatorV2, kafka.findCoordinatorV1],
  initProducerId: [kafka.initProducerIdV4, kafka.initProducerIdV3, kafka.initProducerIdV1],
  // 4 and newer are for brokers among themselves.
  addPartitions: [kafka.addPartitionsToTxnV3, kafka.addPartitionsToTxnV2, kafka.addPartitionsToTxnV1],
  addOffsets: [kafka.addOffsetsToTxnV3, kafka.addOffsetsToTxnV2, kafka.addOffsetsToTxnV1],
  commitOffset: [kafka.txnOffsetCommitV3, kafka.txnOffsetCommitV2],
  endTransaction: [kafka.endTxnV3, kafka.endTxnV2, kafka.endTxnV1],
  // 7 is the first that can wait for offsets of a transaction that is being completed (KIP-447).
  fetchOffset: [kafka.offsetFetchV8, kafka.offsetFetchV7],
  fetch: fetchRequest,
  listOffsets: [kafka.listOffsetsV8, kafka.listOffsetsV7, kafka.listOffsetsV6, kafka.listOffsetsV5],
  commitOffsets: [kafka.offsetCommitV9, kafka.offsetCommitV8, kafka.offsetCommitV7],
  consumerHeartbeat: [kafka.consumerGroupHeartbeatV1, kafka.consumerGroupHeartbeatV0],
  joinGroup: [kafka.joinGroupV9, kafka.joinGroupV8, kafka.joinGroupV7, kafka.joinGroupV6, kafka.joinGroupV5],
  syncGroup: [kafka.syncGroupV5, kafka.syncGroupV4, kafka.syncGroupV3],
  heartbeat: [kafka.heartbeatV4, kafka.heartbeatV3],
  createTopics: [kafka.createTopicsV7, kafka.createTopicsV6, kafka.createTopicsV5],
  describeConfigs: [kafka.describeConfigsV4, kafka.describeConfigsV3, kafka.describeConfigsV2, kafka.describeConfigsV1],
  describeGroups: [kafka.describeGroupsV5, kafka.describeGroupsV4, kafka.describeGroupsV3],
  describeTransactions: [kafka.describeTransactionsV0],
  leaveGroup: [kafka.leaveGroupV5, kafka.leaveGroupV4, kafka.leaveGroupV3],
} as const;

type Name = keyof typeof VERSIONS;
type Api<N extends Name> = (typeof VERSIONS)[N][0]["api"];
type Arguments<N extends Name> = Parameters<Api<N>["async"]> extends [unknown, ...infer Rest] ? Rest : never;
/** What brokers respond to a request. */
export type ApiResponse<N extends Name> = Awaited<ReturnType<Api<N>["async"]>>;

/** Connections to the brokers of a cluster. */
export interface Wire {
  /** Asks a broker, or any one; rejects with the first error that it names. */
  ask<N extends Name>(name: N, broker: kafka.Broker | undefined, ...args: Arguments<N>): Promise<ApiResponse<N>>;
  /** Whether the brokers have a version of it. */
  has(name: Name): Promise<boolean>;
  /** The coordinator of a transactional.id or of a group. */
  coordinator(type: "transaction" | "group", id: string): Promise<kafka.Broker>;
  /** Forgets coordinators: one may have moved. */
  forget(): void;
  /** Ends all connections at once, with what is under way on them. */
  destroy(): void;
  close(): Promise<void>;
}

/** Makes it; connections are made when they are needed. A broker has `requestMs` to respond. */
export function createWire(to: KafkaConnection, requestMs: number = REQUEST_MS): Wire {
  const { clientId, brokers, tls, sasl, onThrottled = () => {} } = to;
  const bootstrap = brokers.map(brokerOf);
  const throttle = createThrottle(onThrottled);
  const pool = new kafka.ConnectionPool(clientId, {
    connectTimeout: CONNECT_MS,
    requestTimeout: requestMs,
    maxInflights: 32,
    ...(tls ? { tls } : {}),
    ...(sasl ? { sasl: saslOf(sasl) } : {}),
  });
  // Whoever waits on a connection is told by its request; an event that nobody listens to would end the process.
  pool.on("connecting", ({ connection }) => void connection.on("error", () => {}));
  const coordinators = new Map<string, Promise<kafka.Broker>>();
  let versions: Promise<ReadonlyMap<number, Range>> | undefined;

  const connect = (broker: kafka.Broker | undefined) => (broker ? pool.get(broker) : pool.getFirstAvailable(bootstrap));
  const negotiate = async (): Promise<ReadonlyMap<number, Range>> => {
    const { apiKeys } = await kafka.apiVersionsV3.api.async(await connect(undefined), "sightline", "1");
    return new Map(apiKeys.map((range) => [range.apiKey, range]));
  };
  const find = async <N extends Name>(name: N): Promise<Api<N> | undefined> => {
    versions ??= negotiate();
    const ranges = await versions.catch((error: unknown) => {
      versions = undefined;
      throw error;
    });
    const found = VERSIONS[name].find(({ api }) => {
      const range = ranges.get(api.key);
      return range !== undefined && range.minVersion <= api.version && api.version <= range.maxVersion;
    });
    return found?.api as Api<N> | undefined;
  };
  const pick = async <N extends Name>(name: N): Promise<Api<N>> => {
    const found = await find(name);
    if (found === undefined) throw new Error(`the brokers have no version of ${name} that @platformatic/kafka knows`);
    return found;
  };

  const ask = async <N extends Name>(
    name: N,
    broker: kafka.Broker | undefined,
    ...args: Arguments<N>
  ): Promise<ApiResponse<N>> => {
    const api = await pick(name);
    const call = api.async as unknown as (connection: kafka.Connection, ...rest: unknown[]) => Promise<ApiResponse<N>>;
    const attempt = async (isLast: boolean): Promise<ApiResponse<N>> => {
      const connected = await connect(broker);
      await throttle.over(connected);
      try {
        const response: unknown = await throttle.heed(connected, call(connected, ...args));
        return response as ApiResponse<N>;
      } catch (error) {
        if (!isLoggedOut(error)) throw error;
        // Nothing of the request was done: another connection logs in anew.
        await connected.close().catch(() => {});
        if (isLast) throw error;
        return attempt(true);
      }
    };
    return attempt(false);
  };
  return {
    ask,
    has: async (name) => (await find(name)) !== undefined,
    coordinator(type, id) {
      const key = `${type} ${id}`;
      const known = coordinators.get(key);
      if (known !== undefined) return known;
      const looking = ask("findCoordinator", undefined, type === "group" ? 0 : 1, [id]).then(({ coordinators: [found] }) => {
        if (found === undefined) throw new Error(`no broker coordinates the ${key}`);
        return { host: found.host, port: found.port };
      });
      coordinators.set(key, looking);
      looking.catch(() => coordinators.delete(key));
      return looking;
    },
    forget: () => coordinators.clear(),
    destroy() {
      for (const [, connection] of pool) connection.socket?.destroy();
      pool.close().catch(() => {});
    },
    close: () => pool.close(),
  };
}

interface Range {
  minVersion: number;
  maxVersion: number;
}

function brokerOf(address: string): kafka.Broker {
  const colon = address.lastIndexOf(":");
  if (colon === -1) return { host: address, port: 9092 };
  return { host: address.slice(0, colon).replaceAll(/[[\]]/g, ""), port: Number(address.slice(colon + 1)) };
}
