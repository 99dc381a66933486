// @ts-check
// How far items came on each surface. A stage that no event tells is drawn as what it can be, never as a number.
import { fill, make, makeSvg } from "./dom.js";
import { number, percent, plural, surfaceName } from "./format.js";

/** @import { SurfaceStages } from "../state.ts" */

/** @param {SurfaceStages[]} surfaces */
export function drawFunnel(surfaces) {
  fill("funnel", surfaces.map(surfaceRow));
}

/** @param {SurfaceStages} stages */
function surfaceRow(stages) {
  const { surface, requested, requested_and_seen, seen, acted, outcomes, joined } = stages;
  const most = Math.max(requested, seen, 1);
  const undecided = seen - requested_and_seen;
  const isLogged = requested > 0;
  const join =
    outcomes === 0 ? "no outcome" : `${number(joined)} of ${plural(outcomes, "outcome")} joined, ${percent(joined / outcomes)}`;
  return make(
    "li",
    {},
    make("h3", {}, surfaceName(surface), make("small", {}, join)),
    make(
      "ol",
      { class: "stages" },
      stage(
        "requested",
        isLogged ? number(requested) : "not logged",
        bar(requested / most, "requested"),
        isLogged ? "by decisions" : "no decision of this surface",
      ),
      stage(
        "rendered",
        isLogged ? `${number(seen)} to ${number(Math.max(requested, seen))}` : `${number(seen)} or more`,
        bar(seen / most, "rendered", isLogged ? Math.max(requested, seen) / most : 1),
        "no event says it",
      ),
      stage("seen", number(seen), bar(seen / most, "seen"), seenNote(stages, undecided)),
      stage("acted", number(acted), bar(acted / most, "acted"), seen === 0 ? "" : `${percent(acted / seen)} of what was seen`),
    ),
  );
}

/** @param {SurfaceStages} stages @param {number} undecided */
function seenNote({ requested, requested_and_seen, basis }, undecided) {
  const share = requested === 0 ? [] : [`${percent(requested_and_seen / requested)} of what was requested`];
  const extra = requested > 0 && undecided > 0 ? [`${number(undecided)} without a decision`] : [];
  const known = Object.entries(basis).map(([name, n]) => `${number(n)} ${name === "" ? "without basis" : name}`);
  return [...share, ...extra, known.join(", ")].filter(Boolean).join("; ");
}

/** @param {string} name @param {string} value @param {Node} drawing @param {string} note */
function stage(name, value, drawing, note) {
  return make(
    "li",
    { class: name },
    make("span", { class: "name" }, name),
    make("b", {}, value),
    drawing,
    make("small", {}, note),
  );
}

/** @param {number} share @param {string} className @param {number} [upTo] */
function bar(share, className, upTo = share) {
  return makeSvg(
    "svg",
    { viewBox: "0 0 100 6", preserveAspectRatio: "none", class: `bar ${className}`, "aria-hidden": "true" },
    makeSvg("rect", { width: 100, height: 6, class: "track" }),
    makeSvg("rect", { width: 100 * upTo, height: 6, class: "maybe" }),
    makeSvg("rect", { width: 100 * share, height: 6, class: "sure" }),
  );
}
