/** Which rights the relay lacks, found out without doing anything: for `sightline doctor`. */
import { coordinated } from "./wire/coordinated.ts";
import { isAllowed, type TopicView } from "./wire/admin.ts";
import { Denied, missingRights } from "./wire/denied.ts";
import type { Wire } from "./wire/wire.ts";

/** A producer id that nobody has: with it the brokers check the rights of a transactional.id, and then refuse, and raise no epoch. */
const NOBODY = 0x7fff_ffff_ffff_fff0n;
const TIMEOUT_MS = 60_000;

interface Needed {
  /** The transactional.id, and the group of the receipts. */
  id: string;
  checkpoints: string;
  /** Topics that are there. */
  topics: readonly TopicView[];
}

/** What is missing, as "WRITE on topic orders.v1". Rejects with a KafkaFault where the brokers cannot be had. */
export async function findMissingRights(wire: Wire, { id, checkpoints, topics }: Needed): Promise<string[]> {
  const ofTopics = topics.flatMap(({ name, may }) => {
    if (name === checkpoints) return may("READ") ? [] : [`READ on topic ${name}`];
    return (["WRITE", "READ"] as const).filter((right) => !may(right)).map((right) => `${right} on topic ${name}`);
  });
  const asked = [asking(readsGroup(wire, id)), asking(holdsId(wire, id))];
  return [...ofTopics, ...(await Promise.all(asked)).flatMap((error) => missingRights(error, { id, checkpoints }) ?? [])];
}

/** Groups that whoever asks may not subscribe as. Rejects with a KafkaFault where the brokers cannot be had. */
export async function unreadableGroups(wire: Wire, groups: readonly string[]): Promise<string[]> {
  const errors = await Promise.all(groups.map((group) => asking(readsGroup(wire, group))));
  return groups.filter((group, n) => missingRights(errors[n], { id: group }) !== undefined);
}

/** A rule may deny to read the group, and allow to know of it. */
async function readsGroup(wire: Wire, id: string): Promise<void> {
  const { groups } = await coordinated(wire, "group", id, (broker) => wire.ask("describeGroups", broker, [id], true));
  if (groups[0] !== undefined && !isAllowed(groups[0].authorizedOperations, "READ")) throw new Denied([`READ on group ${id}`]);
}

/** Asks for an id that exists as somebody who does not hold it; one that nobody has used yet would be made by that. */
async function holdsId(wire: Wire, id: string): Promise<void> {
  await coordinated(wire, "transaction", id, (broker) => wire.ask("describeTransactions", broker, [id]));
  await coordinated(wire, "transaction", id, (broker) => wire.ask("initProducerId", broker, id, TIMEOUT_MS, NOBODY, 0));
}

/** Why it was refused; undefined where it was not. */
async function asking(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}
