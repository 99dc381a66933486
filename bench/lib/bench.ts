import type { Verdict } from "./verdict.ts";

/** What is to be run. */
export interface BenchOptions {
  /** Names out of {@link Bench.names}; all where it is undefined. */
  only: readonly string[] | undefined;
  rounds: number;
  /** Short runs, to see that it works: the figures say little. */
  quick: boolean;
  /** Visits on each network, where the bench has some; its own number where it is undefined. */
  visits: number | undefined;
  /** In some of the visits the tab or the browser is killed. */
  kills: boolean;
  /** What is drawn at random follows from it. */
  seed: number;
  /** A git ref that is measured beside this version, in the same rounds, where the bench can; undefined: none. */
  before: string | undefined;
  /** Is told of the progress. */
  say: (text: string) => void;
}

/** What came of it. */
export interface BenchReport {
  /** Tables in Markdown, for the terminal as well. */
  text: string;
  /** Everything that was measured, for `--json`. */
  json: unknown;
  verdicts: readonly Verdict[];
}

/** A benchmark. */
export interface Bench {
  /** Heading of its section in RESULTS.md. */
  title: string;
  /** What it can be narrowed down to. */
  names: readonly string[];
  /** Rounds unless the caller says otherwise. */
  rounds: number;
  run(options: BenchOptions): Promise<BenchReport>;
  /** Where the time of one of its names goes, as text. */
  profile?(name: string): Promise<string>;
}
