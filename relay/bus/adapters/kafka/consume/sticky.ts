/**
 * Who of a group gets which partition where the members decide it themselves: each keeps what it has as far as the numbers allow, and what
 * goes from one to another waits for a round until the one has given it up (cooperative rebalancing, KIP-429).
 */
import { laneName, type Place } from "./offsets.ts";

/** A member that has joined. */
export interface JoinedMember {
  id: string;
  topics: readonly string[];
  /** What it has, by its own word. */
  owned: readonly Place[];
  /** Of which generation that is: of two that claim a partition the later one has it. */
  generation: number;
}

/** The partitions of each member, by its id. `partitions` is how many a topic has. */
export function assignSticky(members: readonly JoinedMember[], partitions: ReadonlyMap<string, number>): Map<string, Place[]> {
  const assigned = new Map(members.map(({ id }) => [id, [] as Place[]]));
  const owners = ownersOf(members, partitions);
  const free: Place[] = [];
  for (const [topic, count] of partitions) {
    for (let partition = 0; partition < count; partition++) {
      const place = { topic, partition };
      const owner = owners.get(laneName(place));
      if (owner === undefined) free.push(place);
      else assigned.get(owner)!.push(place);
    }
  }
  const least = (topic: string): Place[] | undefined => {
    const able = members.filter(({ topics }) => topics.includes(topic)).map(({ id }) => assigned.get(id)!);
    return able.toSorted((a, b) => a.length - b.length)[0];
  };
  for (const place of free) least(place.topic)?.push(place);
  level(members, assigned, least);
  for (const [id, own] of assigned) {
    // Somebody else has it still, and gives it up by this round: the next one hands it on.
    assigned.set(
      id,
      own.filter((place) => (owners.get(laneName(place)) ?? id) === id),
    );
  }
  return assigned;
}

/** Moves partitions from those with most to those with least, until none has two more than another that could have them. */
function level(
  members: readonly JoinedMember[],
  assigned: ReadonlyMap<string, Place[]>,
  least: (topic: string) => Place[] | undefined,
): void {
  for (let moved = true; moved;) {
    moved = false;
    for (const { id } of members) {
      const own = assigned.get(id)!;
      const at = own.findLastIndex(({ topic }) => (least(topic)?.length ?? own.length) + 1 < own.length);
      if (at === -1) continue;
      const [place] = own.splice(at, 1);
      least(place!.topic)!.push(place!);
      moved = true;
    }
  }
}

function ownersOf(members: readonly JoinedMember[], partitions: ReadonlyMap<string, number>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { id, topics, owned } of members.toSorted((a, b) => a.generation - b.generation)) {
    for (const place of owned) {
      const isThere = place.partition < (partitions.get(place.topic) ?? 0);
      if (isThere && topics.includes(place.topic)) owners.set(laneName(place), id);
    }
  }
  return owners;
}
