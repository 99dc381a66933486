import { bundleContender, type Contender } from "./contenders.ts";
import { load, makeRequests } from "./load.ts";
import { startWorkerd, type Workerd } from "../../test/services/workerd.ts";

/** How long each contender is loaded before anything is measured, so that V8 has compiled what is hot; milliseconds. */
const WARM_UP_MS = 4000;
/** How long each is loaded at a time, milliseconds, and how often in a round: in turns, since a shared machine changes by the second. */
const SLICE_MS = 300;
const SLICES = 5;

/** A contender's milliseconds of CPU a request, one for each round. */
export interface Measured {
  contender: Contender;
  samples: number[];
}

/** Loads every contender once a round, each in a process of its own that lives through all of them, each round beginning with another. */
export async function measure(
  contenders: readonly Contender[],
  { rounds, say }: { rounds: number; say: (text: string) => void },
): Promise<Measured[]> {
  const running = await Promise.all(
    contenders.map(async (contender): Promise<Running> => {
      const workerd = await startWorkerd(await (contender.bundle ?? bundleContender)(contender.worker));
      return { contender, workerd, samples: [] };
    }),
  );
  try {
    say(`warming up ${contenders.length}`);
    for (const { contender, workerd } of running) await load(workerd.port, makeRequests(contender), WARM_UP_MS);
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      const first = round % running.length;
      await loadInTurns([...running.slice(first), ...running.slice(0, first)]);
    }
  } finally {
    await Promise.all(running.map(({ workerd }) => workerd.close()));
  }
  return running.map(({ contender, samples }) => ({ contender, samples }));
}

interface Running extends Measured {
  workerd: Workerd;
}

/** A round. Who is not loaded takes no CPU, so that it is read at the round's ends alone, where the clock's unit matters least. */
async function loadInTurns(running: readonly Running[]): Promise<void> {
  const turns = running.map(({ contender, workerd, samples }) => {
    return { requests: makeRequests(contender), workerd, samples, before: workerd.cpuMs(), answered: 0 };
  });
  for (let slice = 0; slice < SLICES; slice++) {
    for (const turn of turns) turn.answered += await load(turn.workerd.port, turn.requests, SLICE_MS);
  }
  for (const { workerd, samples, before, answered } of turns) samples.push((workerd.cpuMs() - before) / answered);
}
