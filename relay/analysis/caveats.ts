/** What makes figures other than they seem, in words, for whoever reads a table or the live view. */
import type { JoinFigures } from "./join-figures.ts";
import type { UnreadableRecord } from "./read-event.ts";
import type { SharedRequests } from "./shared-requests.ts";
import { formatNumber } from "../lib/format-number.ts";

type CaveatFigures = Pick<JoinFigures, "several_units" | "several_surfaces" | "orphans_of_other_units" | "by_position"> & {
  unreadable: UnreadableRecord;
};

/** A sentence for each. */
export function caveatsOf({
  several_units,
  several_surfaces,
  orphans_of_other_units,
  by_position,
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
  for (const [position, { exposures, clicks, repeated_clicks }] of Object.entries(by_position)) {
    if (clicks <= exposures) continue;
    caveats.push(
      `position ${position}: over 100 %, since ${formatNumber(repeated_clicks)} of its clicks are on what was clicked before`,
    );
  }
  if (unreadable.records > 0) {
    const places = unreadable.examples.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
    const more = unreadable.records > places.length ? ", …" : "";
    caveats.push(`${formatNumber(unreadable.records)} records are no events, and not counted (${places.join(", ")}${more})`);
  }
  return caveats;
}

function shared({ requests, examples }: SharedRequests, what: string): string[] {
  if (requests === 0) return [];
  return [`${formatNumber(requests)} request ids are ${what} (${examples.join(", ")}${requests > examples.length ? ", …" : ""})`];
}
