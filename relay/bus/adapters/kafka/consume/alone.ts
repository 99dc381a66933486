/** Without a group: all partitions are this subscriber's, those that are added later too. */
import type { Fetcher } from "./fetcher.ts";
import type { Membership, Owner } from "./membership.ts";
import { laneName, type Place } from "./offsets.ts";

interface Parts {
  topics: string[];
  fetcher: Fetcher;
  owner: Owner;
}

/** How often it is looked for new partitions, milliseconds. */
const LOOK_MS = 5_000;

/** Makes it. */
export function createAlone({ topics, fetcher, owner }: Parts): Membership {
  const known = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  const take = async (from?: "earliest"): Promise<void> => {
    const places = topics.flatMap((topic): Place[] => {
      const { leaders = [] } = fetcher.layout(topic) ?? {};
      return leaders.map((_, partition) => ({ topic, partition }));
    });
    const fresh = places.filter((place) => !known.has(laneName(place)));
    if (fresh.length === 0) return;
    await owner.assign(fresh, from);
    for (const place of fresh) known.add(laneName(place));
  };
  const look = async (): Promise<void> => {
    try {
      await fetcher.look(topics);
      // What was not there before has nothing that was published before.
      await take("earliest");
      owner.fault(undefined);
    } catch (error) {
      if (!isOver) owner.fault(error as Error);
    }
    if (!isOver) timer = setTimeout(() => void look(), LOOK_MS);
  };
  return {
    async join() {
      await take();
      timer = setTimeout(() => void look(), LOOK_MS);
    },
    commit: async () => {},
    async leave() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
