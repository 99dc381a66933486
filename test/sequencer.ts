import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Where in the run each kind is through: files that take long come early, or the last would leave the other cores without work. */
const END: Record<string, number> = { e2e: 0.5, faults: 0.5, kafka: 0.5 };
/** Its files are short and many, and go on in the worker of the one before only where they follow each other. */
const LAST = "unit";

/**
 * Mixes the kinds that run side by side: files of browsers wait for real time, those of relays and of `npm start` use the processor, and
 * either alone would leave half of the machine unused. Within a kind the longest come first, as vitest has them.
 */
export default class MixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- it is vitest's method, which changes nothing
    const sorted = await super.sort(files);
    const kinds = Map.groupBy(sorted, ({ project }) => project.name);
    const places = new Map<TestSpecification, number>();
    for (const [kind, own] of kinds) {
      for (const [at, file] of own.entries()) places.set(file, kind === LAST ? 2 : ((at + 0.5) / own.length) * (END[kind] ?? 1));
    }
    return sorted.toSorted((a, b) => order(a) - order(b) || places.get(a)! - places.get(b)!);
  }
}

const order = ({ project }: TestSpecification): number => project.config.sequence.groupOrder;
