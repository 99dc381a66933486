// @ts-check
// The newest events, with filter and pause. A line is drawn once, and again where it changed.
import { byId, make } from "./dom.js";
import { number, surfaceName, time, verdictOf } from "./format.js";
import { openEvent, openRequest, refreshRequest } from "./request.js";

/** @import { ArrivedEvent } from "../state.ts" */

/** Lines of the table. */
const MOST = 200;
/** Items of an event that are named in its line. */
const MOST_ITEMS = 3;

/** @type {Map<number, ArrivedEvent>} */
const events = new Map();
/** @type {Map<number, { event: ArrivedEvent, line: HTMLTableRowElement }>} */
const lines = new Map();
const filter = /** @type {HTMLInputElement} */ (byId("filter"));
const kind = /** @type {HTMLSelectElement} */ (byId("kind"));
const pause = byId("pause");
const request = /** @type {HTMLInputElement} */ (byId("request"));
let held = 0;
const isPaused = () => pause.getAttribute("aria-pressed") === "true";

/** @param {ArrivedEvent[]} arrived */
export function addEvents(arrived) {
  held += arrived.filter(({ n }) => !events.has(n)).length;
  for (const event of arrived) events.set(event.n, event);
  for (const n of events.keys()) if (events.size > MOST) events.delete(n);
  refreshRequest(arrived);
  if (isPaused()) pause.textContent = `Go on (${number(held)} new)`;
  else draw();
}

/** The relay reads the bus anew. */
export function clearEvents() {
  events.clear();
  lines.clear();
}

function draw() {
  held = 0;
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = [...events.values()].filter(
    (event) => (kind.value === "" || event.verdict === kind.value) && words.every((word) => textOf(event).includes(word)),
  );
  byId("events")
    .querySelector("tbody")
    ?.replaceChildren(...shown.toReversed().map(lineOf));
  byId("empty").hidden = shown.length > 0;
  byId("empty").textContent =
    events.size === 0 ? "Nothing yet. Open the shop and look at a shelf for a second." : "None of the last events is like that.";
  for (const n of lines.keys()) if (!events.has(n)) lines.delete(n);
}

/** @param {ArrivedEvent} event */
function textOf(event) {
  const { id, event_type, surface, request_id, items, tenant } = event;
  return [id, event_type, surface, request_id, tenant, verdictOf(event), ...items.map(({ item_id }) => item_id)]
    .join(" ")
    .toLowerCase();
}

/** @param {ArrivedEvent} event */
function lineOf(event) {
  const known = lines.get(event.n);
  if (known?.event === event) return known.line;
  const line = makeLine(event);
  lines.set(event.n, { event, line });
  return line;
}

/** @param {ArrivedEvent} event */
function makeLine(event) {
  const { n, event_type, published_at, surface, request_id, items, more_items, verdict } = event;
  const rest = items.length + more_items - MOST_ITEMS;
  const names = items
    .slice(0, MOST_ITEMS)
    .map(({ item_id }) => item_id)
    .join(", ");
  const follow = make(
    "button",
    { type: "button", class: "id", title: request_id },
    request_id.length > 14 ? `${request_id.slice(0, 13)}…` : request_id,
  );
  follow.addEventListener("click", () => openRequest(request_id));
  const look = make("button", { type: "button", "aria-label": `JSON of event ${n}` }, "JSON");
  look.addEventListener("click", () => openEvent(event));
  return make(
    "tr",
    {},
    make("td", {}, make("time", { datetime: published_at }, time(published_at))),
    make("td", { class: `type ${event_type}` }, event_type),
    make("td", { class: verdict === "exposure" ? "seen" : verdict }, verdictOf(event)),
    make("td", {}, surfaceName(surface)),
    make("td", {}, ...(request_id === "" ? ["–"] : [follow])),
    make("td", { class: "items" }, rest > 0 ? `${names} and ${number(rest)} more` : names),
    make("td", {}, look),
  );
}

filter.addEventListener("input", draw);
kind.addEventListener("change", draw);
pause.addEventListener("click", () => {
  const paused = !isPaused();
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Go on" : "Pause";
  if (!paused) draw();
});
byId("tools").addEventListener("submit", (event) => {
  event.preventDefault();
  const id = request.value.trim();
  if (id !== "") void openRequest(id);
});
