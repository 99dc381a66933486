/** The contract of the buses as a table: what each case came to on each bus. */
import type { TestModule } from "vitest/node";

/** How a suite of the contract is called, with the bus's name. */
const SUITE = /^(?:the bus|subscribing to the bus) (.+)$/;
const MARKS = { passed: "ok", failed: "FAILED", skipped: "-" } as const;

/** Lines of the table; none where no bus was tested. */
export function contractTable(modules: readonly TestModule[]): string[] {
  const cases = new Map<string, Map<string, string>>();
  const buses = new Set<string>();
  for (const suite of modules.flatMap(({ children }) => [...children.allSuites()])) {
    const bus = SUITE.exec(suite.name)?.[1];
    if (bus === undefined) continue;
    buses.add(bus);
    for (const one of suite.children.allTests()) {
      const { state } = one.result();
      const row = cases.get(one.name) ?? new Map<string, string>();
      row.set(bus, MARKS[state === "passed" || state === "failed" ? state : "skipped"]);
      cases.set(one.name, row);
    }
  }
  if (buses.size === 0) return [];
  const names = [...buses].toSorted();
  const width = Math.max(...[...cases.keys()].map(({ length }) => length));
  const line = (first: string, of: (bus: string) => string): string =>
    `  ${first.padEnd(width)}  ${names.map((bus) => of(bus).padEnd(Math.max(bus.length, 6))).join("  ")}`.trimEnd();
  return [line("", (bus) => bus), ...[...cases].map(([name, row]) => line(name, (bus) => row.get(bus) ?? ""))];
}
