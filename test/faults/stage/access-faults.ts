/** Faults of logins, rights and quotas: what is done, and how it is undone. */
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { Admin as PlatformaticAdmin, alterUserScramCredentialsV0, Connection } from "@platformatic/kafka";
import kafkajs, { type Admin } from "kafkajs";
import { allow, deny, type Rule } from "../../services/kafka-rules.ts";
import { type SecureKafka, USER } from "../../services/kafka-secure.ts";
import type { Traffic } from "./traffic.ts";

/** Where it is done. */
interface Ground {
  kafka: SecureKafka;
  admin: Admin;
  prefix: string;
  /** Transactional id and group of the relay. */
  id: string;
  token?: Tokens | undefined;
}

/** Tokens, of which some are refused. */
interface Tokens {
  next(): Promise<string>;
  /** What is given from now on has ended already. */
  expire(expired: boolean): void;
}

/** A fault. */
export interface Fault {
  name: string;
  /** @default scram-sha-512 */
  mechanism?: string;
  sessionsMs?: Record<string, number>;
  token?: () => Tokens;
  /** Whether whoever publishes has to wait for it. @default false */
  throttles?: true;
  rights(ground: Ground): Rule[];
  /** Returns what undoes it. */
  begin(ground: Ground): Promise<() => Promise<unknown>>;
  /** What is wrong with what a publisher was told. */
  expects(failures: Traffic["relay"], who: "relay" | "service"): string[];
}

/** SCRAM-SHA-512 by its number. */
const SHA_512 = 2;
const { AclOperationTypes, AclResourceTypes } = kafkajs;
const { TOPIC, GROUP, TRANSACTIONAL_ID } = AclResourceTypes;
const { ALL, READ, WRITE } = AclOperationTypes;
const allRights = ({ prefix }: Ground): Rule[] => [TOPIC, GROUP, TRANSACTIONAL_ID].map((type) => allow(type, prefix, ALL));

/** Who is told of a missing right is told which; who is told of nothing was not at fault. */
const names =
  (words: (who: "relay" | "service") => RegExp | undefined) =>
  ({ messages }: Traffic["relay"], who: "relay" | "service"): string[] => {
    const wanted = words(who);
    if (wanted === undefined) return messages.size === 0 ? [] : [`expected no failure, was told ${[...messages].join(" | ")}`];
    return [...messages].some((message) => wanted.test(message))
      ? []
      : [`expected ${wanted.source}, was told ${[...messages].join(" | ")}`];
  };

/** Denies rights while it lasts. */
const denied = (
  name: string,
  denies: (ground: Ground) => Rule[],
  words: (who: "relay" | "service") => RegExp | undefined,
): Fault => ({
  name,
  rights: allRights,
  async begin(ground) {
    const acl = denies(ground);
    await ground.admin.createAcls({ acl });
    return () => ground.admin.deleteAcls({ filters: acl });
  },
  expects: names(words),
});

/** Sessions that end every so often: nothing else happens. */
const session = (seconds: number): Fault => ({
  name: `session-${seconds}`,
  sessionsMs: { "scram-sha-512": seconds * 1000 },
  rights: allRights,
  begin: async () => async () => {},
  expects: names(() => undefined),
});

/** A password that is another for a while. */
const password: Fault = {
  name: "password-changed",
  sessionsMs: { "scram-sha-512": 5_000 },
  rights: allRights,
  async begin({ kafka }) {
    await setPassword(kafka, "another");
    return () => setPassword(kafka, USER.password);
  },
  expects: names((who) => (who === "relay" ? /a login that the brokers take/ : undefined)),
};

/** Tokens that have ended before they are used. */
const tokens: Fault = {
  name: "token-expired",
  token: createTokens,
  rights: allRights,
  async begin({ token }) {
    token?.expire(true);
    return async () => token?.expire(false);
  },
  expects: names((who) => (who === "relay" ? /a login that the brokers take/ : undefined)),
};

/** So few bytes a second that whoever publishes is throttled for seconds. */
const quota: Fault = {
  name: "quota",
  throttles: true,
  rights: allRights,
  async begin({ kafka }) {
    const entities = [{ entityType: "user" as const, entityName: USER.name }];
    const of = (remove: boolean) =>
      asRoot(kafka, (admin) =>
        admin.alterClientQuotas({
          entries: [
            {
              entities,
              ops: [remove ? { key: "producer_byte_rate", remove } : { key: "producer_byte_rate", value: 3_000, remove }],
            },
          ],
        }),
      );
    await of(false);
    return () => of(true);
  },
  expects: names(() => undefined),
};

const restarted: Fault = {
  name: "restarted",
  rights: allRights,
  async begin({ kafka }) {
    await kafka.kill();
    await kafka.start();
    return async () => {};
  },
  expects: () => [],
};

/** Each. */
export const FAULTS: readonly Fault[] = [
  denied(
    "right-to-topic",
    ({ prefix }) => [deny(TOPIC, `${prefix}relay.v1`, WRITE), deny(TOPIC, `${prefix}service.v1`, WRITE)],
    (who) => (who === "relay" ? /WRITE on topic \S+relay\.v1/ : /WRITE on topic \S+service\.v1/),
  ),
  denied(
    "right-to-topics",
    ({ prefix }) => [deny(TOPIC, prefix, WRITE)],
    (who) => (who === "relay" ? /WRITE on topic \S+relay\.v1/ : /WRITE on topic \S+service\.v1/),
  ),
  denied("right-to-id", ({ id }) => [deny(TRANSACTIONAL_ID, id, WRITE)], relayAlone(/WRITE on transactional id/)),
  denied("right-to-group", ({ id }) => [deny(GROUP, id, READ)], relayAlone(/READ on group/)),
  denied(
    "right-to-checkpoints",
    ({ prefix }) => [deny(TOPIC, `${prefix}sightline.checkpoints`, READ)],
    relayAlone(/READ on topic/),
  ),
  session(5),
  session(10),
  session(15),
  tokens,
  password,
  quota,
  restarted,
];

function relayAlone(words: RegExp) {
  return (who: "relay" | "service"): RegExp | undefined => (who === "relay" ? words : undefined);
}

/** Ends of tokens, seconds: logins by them are as short. */
const TOKEN_SECONDS = 5;

const part = (of: object): string => Buffer.from(JSON.stringify(of)).toString("base64url");

/** Tokens that nobody signed, which brokers for tests take. */
function createTokens(): Tokens {
  let isExpired = false;
  return {
    async next() {
      const now = Math.floor(Date.now() / 1000) - (isExpired ? 60 : 0);
      return `${part({ alg: "none" })}.${part({ sub: USER.name, iat: now, exp: now + TOKEN_SECONDS })}.`;
    },
    expire: (expired) => void (isExpired = expired),
  };
}

/** Changes the password, as an admin does. https://kafka.apache.org/protocol#The_Messages_AlterUserScramCredentials */
async function setPassword(kafka: SecureKafka, to: string): Promise<void> {
  const [host = "", port] = kafka.brokers.split(":");
  const connection = new Connection("root");
  await connection.connect(host, Number(port));
  try {
    const [salt, iterations] = [randomBytes(16), 4096];
    const saltedPassword = pbkdf2Sync(to, salt, iterations, 64, "sha512");
    await alterUserScramCredentialsV0.api.async(
      connection,
      [],
      [{ name: USER.name, mechanism: SHA_512, iterations, salt, saltedPassword }],
    );
  } finally {
    await connection.close();
  }
}

async function asRoot<T>(kafka: SecureKafka, work: (admin: PlatformaticAdmin) => Promise<T>): Promise<T> {
  const admin = new PlatformaticAdmin({ clientId: "root", bootstrapBrokers: [kafka.brokers] });
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
