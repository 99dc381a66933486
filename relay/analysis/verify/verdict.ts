/** What a report says, in plain words, and what to look at. */
import { caveatsOf } from "../caveats.ts";
import { formatNumber as number } from "../../lib/format-number.ts";
import { plural } from "../../lib/plural.ts";
import { percent } from "./percent.ts";
import type { ClockFigures, ExperimentFigures, SequenceFigures, VerifyReport } from "./report.ts";

type Judged = Omit<VerifyReport, "verdict">;

/** The first sentence is about the join; each of the others names something odd, and what to look at. */
export function verdictOf(report: Judged): string[] {
  return [
    joinOf(report),
    ...orphansOf(report),
    ...missingOf(report),
    ...refusalsOf(report),
    ...gapsOf(report.sequences),
    ...clocksOf(report.clock),
    ...report.experiments.flatMap(mismatchOf),
    ...caveatsOf(report),
  ];
}

function joinOf({ joined, orphans, exposures, decisions }: Judged): string {
  const outcomes = joined + orphans;
  if (outcomes > 0) {
    return `${percent(joined / outcomes)} of ${plural(outcomes, "outcome")} join an exposure${orphans === 0 ? "" : `; ${plural(orphans, "orphan")}`}`;
  }
  if (exposures + decisions.items === 0) return "there is no decision, exposure or outcome";
  return "there is no outcome yet, and so nothing that could join";
}

function orphansOf(report: Judged): string[] {
  const { orphans_not_yet, orphans_never, missing_request_id, orphans_of_other_units, joined_late } = report;
  const minutes = `${number(report.watermark_ms / 60_000)} min`;
  const unknown = orphans_never - missing_request_id - orphans_of_other_units;
  return [
    ...(orphans_not_yet === 0
      ? []
      : [`${plural(orphans_not_yet, "orphan")} came within the last ${minutes}: the exposure may still be under way`]),
    ...(unknown <= 0
      ? []
      : [
          `of about ${plural(unknown, "orphan")} the exposure never came: compare with the gaps of sessions, the refused exposures, and pages that send outcomes without an exposure`,
        ]),
    ...(joined_late === 0
      ? []
      : [`${plural(joined_late, "outcome")} joined over ${minutes} late: to a stream that waits no longer they are orphans`]),
  ];
}

function missingOf({ missing_request_id, missing_item_id, joined, orphans }: Judged): string[] {
  const outcomes = joined + orphans;
  return [
    ...(missing_request_id === 0
      ? []
      : [
          `${plural(missing_request_id, "outcome")} (${percent(missing_request_id / outcomes)}) without a request_id: look at the calls that record them, and whether attribution reaches them`,
        ]),
    ...(missing_item_id === 0 ? [] : [`${plural(missing_item_id, "outcome")} without an item_id`]),
  ];
}

function refusalsOf({ rejected, empty_exposures, dead_letters, conflicts }: Judged): string[] {
  const refused = Object.values(rejected).reduce((sum, events) => sum + events, 0);
  const dead = Object.values(dead_letters ?? {}).reduce((sum, letters) => sum + letters, 0);
  return [
    ...(refused === 0
      ? []
      : [`refused: ${plural(refused, "event")} (${Object.keys(rejected).join(", ")}): docs/errors.md has each code's cause`]),
    ...(empty_exposures === 0 ? [] : [`refused for an empty list of items: ${plural(empty_exposures, "exposure")}`]),
    ...(dead === 0 ? [] : [`${plural(dead, "dead letter")}: sightline dlq list`]),
    ...(conflicts ? [`${plural(conflicts, "dead letter")} with the id of another event: ids that are used twice`] : []),
  ];
}

function gapsOf({
  sessions,
  missing,
  explained_by_reports,
  explained_by_rejects,
  unexplained,
  examples,
}: SequenceFigures): string[] {
  if (missing === 0) return [];
  const explained = [
    ...(explained_by_reports > 0 ? [`${number(explained_by_reports)} dropped by the SDK, as it reports`] : []),
    ...(explained_by_rejects > 0 ? [`${number(explained_by_rejects)} refused`] : []),
    unexplained === 0 ? "all are explained" : `${number(unexplained)} not explained`,
  ];
  const worst = unexplained === 0 ? "" : ` (most in session ${examples[0]?.session_id})`;

  return [`${plural(missing, "number")} missing in ${plural(sessions, "session")}: ${explained.join(", ")}${worst}`];
}

function clocksOf({ ahead, most_ahead_ms, clock_skewed, outcomes_before_exposure }: ClockFigures): string[] {
  return [
    ...(ahead === 0
      ? []
      : [
          `${plural(ahead, "event")} occurred after the collector had it, by ${number(most_ahead_ms)} ms at most: clocks that are ahead`,
        ]),
    ...(clock_skewed === 0 ? [] : [`${plural(clock_skewed, "event")} from clocks that are ahead, moved back`]),
    ...(outcomes_before_exposure === 0
      ? []
      : [
          `${plural(outcomes_before_exposure, "outcome")} before the exposure: two clocks, or an exposure that is recorded too late`,
        ]),
  ];
}

function mismatchOf({ experiment_id, mismatch, p_value, variants }: ExperimentFigures): string[] {
  const unplanned = variants.filter(({ weight, units }) => weight === 0 && units > 0);
  return [
    ...(mismatch
      ? [
          `experiment ${experiment_id}: the units do not fall on its variants as they should (p = ${p_value?.toPrecision(2)}): trust no comparison of them before the cause is known`,
        ]
      : []),
    ...unplanned.map(
      ({ variant_id, units }) =>
        `experiment ${experiment_id}: ${plural(units, "unit")} of the variant ${variant_id}, whose weight is 0`,
    ),
  ];
}
