/** What makes figures other than they seem, in words, for whoever reads a table or the live view. */
import type { JoinFigures, PositionFigures } from "./join-figures.ts";
import type { UnreadableRecord } from "./read-event.ts";
import type { SharedRequests } from "./shared-requests.ts";
import { formatNumber } from "../lib/format-number.ts";

type Rate = PositionFigures & { clicks_of_other_surfaces?: number };

interface CaveatFigures extends Pick<JoinFigures, "several_units" | "several_surfaces" | "orphans_of_other_units"> {
  by_position: Record<string, Rate>;
  by_variant?: readonly (Rate & { variant_id: string })[];
  unreadable: UnreadableRecord;
}

/** A sentence for each. */
export function caveatsOf({
  several_units,
  several_surfaces,
  orphans_of_other_units,
  by_position,
  by_variant = [],
  unreadable,
}: CaveatFigures): string[] {
  const caveats = [
    ...shared(
      several_units,
      "under more than one unit: a page cached for all, an id made once for many, or an outcome of another unit than was shown",
    ),
    ...shared(several_surfaces, "on more than one surface: a request belongs to one"),
  ];
  if (orphans_of_other_units > 0) {
    caveats.push(`${formatNumber(orphans_of_other_units)} orphans are of items that their request showed to another unit`);
  }
  const rates = [
    ...Object.entries(by_position).map(([position, rate]) => [`position ${position}`, rate] as const),
    ...by_variant.map((rate) => [`variant ${rate.variant_id}`, rate] as const),
  ];
  for (const [what, rate] of rates) {
    if (rate.clicks > rate.exposures) caveats.push(`${what}: over 100 %, since ${causeOf(rate)}`);
  }
  if (unreadable.records > 0) {
    const places = unreadable.examples.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
    const more = unreadable.records > places.length ? ", …" : "";
    caveats.push(`${formatNumber(unreadable.records)} records are no events, and not counted (${places.join(", ")}${more})`);
  }
  return caveats;
}

/** Why there are more clicks than exposures. */
function causeOf({ exposures, clicks, repeated_clicks, clicks_of_other_surfaces: elsewhere = 0 }: Rate): string {
  const causes = [
    ...(repeated_clicks > 0 ? [`${formatNumber(repeated_clicks)} of its clicks are on what was clicked before`] : []),
    ...(elsewhere > 0 ? [`${formatNumber(elsewhere)} are on what other surfaces showed`] : []),
  ];
  const rest = clicks - exposures - repeated_clicks - elsewhere;
  // Exposures of a day around the time that is counted are joined, and not counted.
  if (rest > 0) causes.push(`${formatNumber(rest)} or more are on what was exposed outside of the time that is counted`);
  return causes.join(", and ");
}

function shared({ requests, examples }: SharedRequests, what: string): string[] {
  if (requests === 0) return [];
  const are = requests === 1 ? "request id is" : "request ids are";
  return [`${formatNumber(requests)} ${are} ${what} (${examples.join(", ")}${requests > examples.length ? ", …" : ""})`];
}
