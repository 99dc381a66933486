// @ts-check
// The first screen: the answer, in a sentence, with its figures and its cause.
import { byId, fill, make, say } from "./dom.js";
import { number, percent, time } from "./format.js";

/** @import { StatusSection, VerdictSection } from "../state.ts" */

const ANSWERS = { yes: "Yes", "with care": "With care", no: "No", "not known yet": "Not known yet" };

/** @param {VerdictSection} verdict */
export function drawVerdict({ trust, sentence, reasons, join_rate, interval, outcomes, joined, waiting }) {
  byId("answer").dataset["trust"] = trust;
  say("answer", ANSWERS[trust]);
  say("sentence", sentence);
  fill(
    "reasons",
    reasons.map((reason) => make("li", {}, reason)),
  );
  say("rate", join_rate === null ? "–" : percent(join_rate));
  const bounds = interval ? `; Wilson interval at 95 %: ${percent(interval.low)} to ${percent(interval.high)}` : "";
  const early = waiting === 0 ? "" : `, ${number(waiting)} of the others waiting`;
  say("interval", join_rate === null ? "no outcome yet" : `${number(joined)} of ${number(outcomes)}${early}${bounds}`);
}

/** @param {StatusSection} status */
export function drawStatus({ bus, trouble, since, records }) {
  byId("trouble").hidden = trouble === null;
  say("trouble", trouble ?? "");
  tell(trouble ?? `live on ${bus}`, trouble === null);
  document.title = trouble === null ? "Sightline · live" : "● Sightline · not taking";
  const looked =
    since === null
      ? "No record on the bus yet."
      : `This view has read ${number(records)} events, the first of them from ${time(since)}.`;
  say(
    "footnote",
    `${looked} Units are masked, and texts in context, metrics and payload left out; sightline tail --json has them.`,
  );
}

/** @param {string} text @param {boolean} on */
export function tell(text, on) {
  byId("link").dataset["on"] = String(on);
  say("link", text);
}
