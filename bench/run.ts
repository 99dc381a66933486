/** `npm run bench -- sdk [--only a,b] [--rounds N] [--json] [--write]`. Exit code 1: over a limit; 2: not understood. */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchSdk, SCENARIOS, type Results } from "./sdk/bench-sdk.ts";
import { report } from "./sdk/report.ts";

const RESULTS = new URL("RESULTS.md", import.meta.url);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const only = values.only?.split(",");
const rounds = Number(values.rounds);
const unknown = only?.filter((name) => !SCENARIOS.includes(name)) ?? [];
if (positionals.join() !== "sdk" || unknown.length > 0 || !(rounds >= 1) || (only && values.write)) {
  console.error(
    `npm run bench -- sdk [--only a,b] [--rounds N] [--json] [--write]; names: ${SCENARIOS.join(", ")}; --write takes all`,
  );
  process.exitCode = 2;
} else {
  const results = await benchSdk({ only, rounds, say: (text) => console.error(text) });
  console.log(values.json ? toJson(results) : report(results));
  if (values.write)
    await writeFile(
      RESULTS,
      `# The browser SDK beside its peers\n\nWritten by \`npm run bench -- sdk --write\`.\n\n${report(results)}\n`,
    );
  if (results.verdicts.some(({ isOver }) => isOver)) process.exitCode = 1;
}

function toJson({ bundles, bursts, longRuns, ...rest }: Results): string {
  const rows = [...bursts, ...longRuns].map(({ scenario, samples, failure }) => ({ name: scenario.name, samples, failure }));
  return JSON.stringify({ ...rest, bundles: Object.fromEntries(bundles), rows }, null, 2);
}
