/** What must hold of the plan that Flink makes of a job. */
import { type Finding, findings } from "../../bus/port/finding.ts";

const { ok, fail } = findings("plan");

/** What the text of the job says of it. */
interface Expected {
  /** It joins by time. */
  joinsByTime: boolean;
  /** Its sinks take rows back, as those of figures do. */
  updates: boolean;
}

/** Judges what EXPLAIN says of a statement set, or the error that Flink had instead. */
export function checkPlan(explained: string, { joinsByTime, updates }: Expected): Finding[] {
  const [, plan] = explained.split("== Optimized Execution Plan ==");
  if (plan === undefined)
    return [fail(`Flink makes no plan of it: ${reasonIn(explained)}`, "change the SQL, or its settings, until it does")];
  const found: Finding[] = [];
  const joins = plan.match(/\bIntervalJoin\(/g)?.length ?? 0;
  if (joinsByTime && joins !== 1)
    found.push(
      fail(
        `${joins} interval joins, each with the state of all of them: expected one for all sinks`,
        "SET 'table.optimizer.reuse-optimize-block-with-digest-enabled' = 'true', and one view that joins before items are taken apart",
      ),
    );
  if (!updates && /\bRank\(|keep=\[LastRow\]|outputInsertOnly=\[false\]/.test(plan))
    found.push(
      fail(
        "copies are removed by a step that takes back what it wrote, which sinks double or refuse",
        "ROW_NUMBER() OVER (PARTITION BY … ORDER BY PROCTIME() ASC) = 1, without table.exec.mini-batch.enabled before append-only sinks",
      ),
    );
  if (found.length > 0) return found;
  const removes = /Deduplicate\(keep=\[FirstRow\]|\bRank\(/.test(plan);
  return [
    ok([joins === 1 ? "one interval join" : "no interval join", removes ? "copies are removed" : ""].filter(Boolean).join(", ")),
  ];
}

/** The last reason of a chain of them, which is the one that says it, and the statement that it is in, as the runner names it. */
function reasonIn(text: string): string {
  const reasons = text.split("\n").filter((line) => /^\w*(?:Exception|Error): ./.test(line));
  const statement = /^Exception: (in the statement .*)$/m.exec(text)?.[1];
  return [(reasons.at(-1) ?? text.trim()).slice(0, 400), statement?.slice(0, 100)].filter(Boolean).join(", ");
}
