/** Ends a run with the number of tests by kind, the names of those that were skipped, and one line that sums up. */
import type { Reporter, TestModule } from "vitest/node";

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

const none = (): Count => ({ passed: 0, failed: 0, skipped: 0 });

export default class KindReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const kinds = new Map<string, Count>();
    const skipped: string[] = [];
    const total = none();
    for (const testModule of modules) {
      const count = kinds.get(testModule.project.name) ?? none();
      kinds.set(testModule.project.name, count);
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
        if (outcome === "skipped") skipped.push(`${testModule.relativeModuleId} > ${test.fullName}`);
      }
    }
    total.failed += errors.length;
    for (const name of skipped) console.log(`skipped: ${name}`);
    console.log("\ntests by kind");
    for (const [kind, { passed, failed, skipped: left }] of kinds) {
      console.log(`  ${kind.padEnd(8)} ${String(passed).padStart(4)} passed, ${failed} failed, ${left} skipped`);
    }
    console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  }
}
