/** Ends a run with the contract of the buses as a table, the number and the time of tests by kind, the names of those that were skipped or passed only when tried again, and one line that sums up. */
import type { Reporter, TestModule } from "vitest/node";
import { contractTable } from "./contract-table.ts";

/** What `npm test` may take as a whole; what takes longer gets a short form there, and a long form elsewhere. */
const MOST_MINUTES = 15;

interface Count {
  passed: number;
  failed: number;
  skipped: number;
  /** Of its files together, which may be under way at the same time. */
  ms: number;
}

const none = (): Count => ({ passed: 0, failed: 0, skipped: 0, ms: 0 });

export default class KindReporter implements Reporter {
  #startedAt = performance.now();

  onTestRunStart(): void {
    this.#startedAt = performance.now();
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const kinds = new Map<string, Count>();
    const skipped: string[] = [];
    const again: string[] = [];
    const total = none();
    for (const testModule of modules) {
      const count = kinds.get(testModule.project.name) ?? none();
      kinds.set(testModule.project.name, count);
      count.ms += msOf(testModule);
      // A file or group whose set-up failed has no failed test, but is one.
      for (const group of [testModule, ...testModule.children.allSuites()]) {
        const broken = group.errors().length > 0 ? 1 : 0;
        count.failed += broken;
        total.failed += broken;
      }
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        const outcome = state === "passed" || state === "failed" ? state : "skipped";
        count[outcome]++;
        total[outcome]++;
        if (outcome === "passed" && (test.diagnostic()?.retryCount ?? 0) > 0)
          again.push(`${testModule.relativeModuleId} > ${test.fullName}`);
        if (outcome === "skipped") skipped.push(`${testModule.relativeModuleId} > ${test.fullName}`);
      }
    }
    total.failed += errors.length;
    total.ms = performance.now() - this.#startedAt;
    for (const name of skipped) console.log(`skipped: ${name}`);
    for (const name of again) console.log(`passed when tried again: ${name}`);
    const table = contractTable(modules);
    if (table.length > 0) console.log(["\nthe contract, bus by bus", ...table].join("\n"));
    print(kinds, total);
  }
}

/** From the start of its worker to the end of its last hook. */
function msOf(testModule: TestModule): number {
  const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = testModule.diagnostic();
  return environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration;
}

function print(kinds: ReadonlyMap<string, Count>, total: Count): void {
  console.log("\ntests by kind");
  for (const [kind, { passed, failed, skipped, ms }] of kinds) {
    const counts = `${String(passed).padStart(5)} passed, ${failed} failed, ${skipped} skipped`;
    console.log(`  ${kind.padEnd(13)} ${counts}, ${seconds(ms)} of work`);
  }
  const { passed, failed, skipped, ms } = total;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped, in ${seconds(ms)}`);
  if (ms > MOST_MINUTES * 60_000) console.log(`this is over the ${MOST_MINUTES} minutes that npm test may take`);
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
