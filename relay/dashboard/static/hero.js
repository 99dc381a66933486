// @ts-check
// The first screen: the answer, in a sentence, with its figures and its cause.
import { byId, fill, make, say } from "./dom.js";
import { number, percent, plural, time } from "./format.js";

/** @import { StatusSection, VerdictSection } from "../state.ts" */

const ANSWERS = { yes: "Yes", "with care": "With care", no: "No", "not now": "Not now", "not known yet": "Not known yet" };

/** @param {VerdictSection} verdict */
export function drawVerdict({ trust, sentence, reasons, join_rate, interval, outcomes, joined, waiting }) {
  byId("answer").dataset["trust"] = trust;
  say("answer", ANSWERS[trust]);
  say("sentence", sentence.replaceAll(" %", "\u00A0%"));
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
export function drawStatus({ bus, trouble, since, newest, records }) {
  byId("trouble").hidden = trouble === null;
  say("trouble", trouble ?? "");
  tell(trouble === null ? `live on ${bus}` : "not taking", trouble === null);
  document.title = trouble === null ? "Sightline · live" : "● Sightline · not taking";
  const known =
    since === null || newest === null
      ? []
      : ["From ", plural(records, "event"), " that the bus had from ", when(since), " to ", when(newest), "."];
  byId("basis").replaceChildren(...known);
}

/** A time that is not torn. @param {string} iso */
const when = (iso) => make("time", { datetime: iso }, time(iso));

/** @param {string} text @param {boolean} on */
export function tell(text, on) {
  byId("link").dataset["on"] = String(on);
  say("link", text);
}
