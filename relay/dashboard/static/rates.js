// @ts-check
// Click-through rates as tables, with the interval drawn beside its figures.
import { byId, make, makeSvg } from "./dom.js";
import { number, percent } from "./format.js";

/** @import { Rate, RatesSection } from "../state.ts" */

/** @param {RatesSection} rates */
export function drawRates({ positions, variants }) {
  drawTable("positions", "position", positions);
  drawTable("variants", "experiment / variant", variants);
}

/** @param {string} id @param {string} title @param {Rate[]} rates */
function drawTable(id, title, rates) {
  byId(id).hidden = rates.length === 0;
  byId(`${id}-empty`).hidden = rates.length > 0;
  const most = Math.max(...rates.map(({ interval }) => interval?.high ?? 0), 0.001);
  const head = [title, "exposures", "clicks", "CTR", "Wilson interval at 95 %"].map((text) => make("th", { scope: "col" }, text));
  byId(id).replaceChildren(
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rates.map((rate) => row(rate, most))),
  );
}

/** @param {Rate} rate @param {number} most */
function row({ name, exposures, clicks, repeated_clicks, ctr, interval }, most) {
  const again = repeated_clicks === 0 ? [] : [make("small", {}, `${number(repeated_clicks)} on what was clicked before`)];
  const over = ctr > 1 ? [make("small", { class: "warn" }, "over 100 % by repeated clicks")] : [];
  const parts = name.split("/").map((part) => (part.length > 12 ? `${part.slice(0, 8)}…` : part));
  return make(
    "tr",
    {},
    make("th", { scope: "row", title: name }, parts.join(" / ")),
    make("td", {}, number(exposures)),
    make("td", {}, number(clicks), ...again),
    make("td", {}, make("b", {}, percent(ctr, 2)), ...over),
    make(
      "td",
      { class: "interval" },
      ...(interval
        ? [
            drawing(interval, most, (clicks - repeated_clicks) / exposures),
            make("span", {}, `${percent(interval.low)} to ${percent(interval.high)}`),
          ]
        : ["–"]),
    ),
  );
}

/** @param {{low: number, high: number}} interval @param {number} most @param {number} share */
function drawing({ low, high }, most, share) {
  const at = (/** @type {number} */ value) => 2 + (96 * value) / most;
  return makeSvg(
    "svg",
    { viewBox: "0 0 100 12", class: "whisker", "aria-hidden": "true" },
    makeSvg("line", { x1: at(low), x2: at(high), y1: 6, y2: 6 }),
    makeSvg("circle", { cx: at(share), cy: 6, r: 3.2 }),
  );
}
