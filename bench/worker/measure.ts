import { bundleContender, type Contender } from "./contenders.ts";
import { load } from "./load.ts";
import { startWorkerd } from "../../test/services/workerd.ts";

/** How long each contender is loaded before anything is measured, so that V8 has compiled what is hot; milliseconds. */
const WARM_UP_MS = 4000;
/** How long each is loaded in a round, milliseconds: a hundred times and more what the kernel's clock can tell. */
const SLICE_MS = 1500;

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
    contenders.map(async (contender) => {
      const workerd = await startWorkerd(await bundleContender(contender.worker));
      return { contender, workerd, samples: [] as number[] };
    }),
  );
  try {
    say(`warming up ${contenders.length}`);
    for (const { contender, workerd } of running) await load(workerd.port, contender, WARM_UP_MS);
    for (let round = 0; round < rounds; round++) {
      say(`round ${round + 1} of ${rounds}`);
      const first = round % running.length;
      for (const { contender, workerd, samples } of [...running.slice(first), ...running.slice(0, first)]) {
        const before = workerd.cpuMs();
        const requests = await load(workerd.port, contender, SLICE_MS);
        samples.push((workerd.cpuMs() - before) / requests);
      }
    }
  } finally {
    await Promise.all(running.map(({ workerd }) => workerd.close()));
  }
  return running.map(({ contender, samples }) => ({ contender, samples }));
}
