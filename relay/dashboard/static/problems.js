// @ts-check
// Orphans by cause and refusals by code, each with examples. What was open stays open.
import { fill, make } from "./dom.js";
import { number, plural, surfaceName, time } from "./format.js";
import { openRequest } from "./request.js";

/** @import { ArrivedEvent, OrphanGroup, ProblemsSection, RefusalGroup } from "../state.ts" */

/** Causes as titles. */
const TITLES = {
  waiting: "waiting for their exposure",
  no_request_id: "without a request_id",
  shown_to_another_unit: "shown to another unit",
  decided_not_seen: "recommended, not seen",
  request_without_item: "item not in its request",
  request_unknown: "no exposure of the request",
  forgotten: "not looked at",
};

/** @param {ProblemsSection} problems */
export function drawProblems({ orphans, refused }) {
  const open = new Set([...document.querySelectorAll(".problems details[open]")].map((one) => one.getAttribute("data-name")));
  fill(
    "orphans",
    orphans.map((group) => entry(group.cause, open, orphan(group))),
  );
  fill(
    "refusals",
    refused.map((group) => entry(group.code, open, refusal(group))),
  );
}

/** @param {string} name @param {Set<string | null>} open @param {{ n: number, title: string, words: string, examples: Node[] }} group */
function entry(name, open, { n, title, words, examples }) {
  const details = make(
    "details",
    { "data-name": name },
    make("summary", {}, make("b", {}, number(n)), ` ${title}`),
    make("p", {}, words),
    ...(examples.length > 0 ? [make("ul", {}, ...examples)] : []),
  );
  details.open = open.has(name);
  return make("li", { class: name }, details);
}

/** @param {OrphanGroup} group */
function orphan({ cause, n, words, examples }) {
  return {
    n,
    title: TITLES[cause],
    words,
    examples: examples.map((event) =>
      make("li", {}, `${event.event_type} on ${event.items[0]?.item_id ?? "no item"}, `, place(event)),
    ),
  };
}

/** @param {RefusalGroup} group */
function refusal({ code, n, examples }) {
  const words = `${examples[0]?.message ?? ""}. ${plural(n, "event")} of this code reached no figure.`;
  return {
    n,
    title: code,
    words: words.charAt(0).toUpperCase() + words.slice(1),
    examples: examples.map(({ event, path, message }) =>
      make("li", {}, `${event.event_type}${path === "" ? "" : `, at ${path}`}: ${message}, `, place(event)),
    ),
  };
}

/** Where it was, and when. @param {ArrivedEvent} event */
function place({ surface, request_id, unit, published_at }) {
  const parts = [surfaceName(surface), ...(unit === "" ? [] : [`unit ${unit}`]), time(published_at)];
  const follow = make("button", { type: "button", class: "id" }, request_id);
  follow.addEventListener("click", () => openRequest(request_id));
  return make("span", { class: "soft" }, `${parts.join(", ")} `, ...(request_id === "" ? [] : [follow]));
}
