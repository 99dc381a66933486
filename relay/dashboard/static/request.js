// @ts-check
// The path of one request: each of its items from decision to outcome, with times; and the dialog that shows it.
import { byId, make } from "./dom.js";
import { between, number, surfaceName, time, verdictOf } from "./format.js";

/** @import { ArrivedEvent, RequestPath } from "../state.ts" */

const dialog = /** @type {HTMLDialogElement} */ (byId("dialog"));
/** The request that the dialog shows; empty where it shows another thing, or is closed. */
let shown = "";
dialog.addEventListener("close", () => {
  shown = "";
  if (location.hash.startsWith("#request=")) history.replaceState(null, "", location.pathname);
});

/** @param {string} title @param {Node[]} body */
export function openDialog(title, body) {
  byId("dialog-title").textContent = title;
  byId("dialog-body").replaceChildren(...body);
  if (!dialog.open) dialog.showModal();
}

/** Shows an event's JSON. @param {ArrivedEvent} event */
export async function openEvent({ n, event_type, published_at }) {
  const answer = await fetch(`/api/events/${n}`);
  shown = "";
  openDialog(`${event_type}, on the bus ${time(published_at)}`, [make("pre", { tabindex: "0" }, await answer.text())]);
}

/** Shows a request's path. @param {string} id */
export async function openRequest(id) {
  const answer = await fetch(`/api/requests/${encodeURIComponent(id)}`);
  shown = answer.ok ? id : "";
  if (answer.ok) history.replaceState(null, "", `#request=${encodeURIComponent(id)}`);
  openDialog(`Request ${id}`, answer.ok ? pathOf(await answer.json()) : [make("p", {}, await answer.text())]);
}

/** What is shown is brought up to date when events of it arrive or change. @param {ArrivedEvent[]} events */
export function refreshRequest(events) {
  if (shown !== "" && events.some(({ request_id }) => request_id === shown)) void openRequest(shown);
}

/** @param {RequestPath} path */
function pathOf({ events, more }) {
  const units = new Set(events.map(({ unit }) => unit));
  const surfaces = new Set(events.map(({ surface }) => surfaceName(surface)));
  const about = `${[...surfaces].join(", ")}; unit ${[...units].join(", ")}; tenant ${[...new Set(events.map(({ tenant }) => tenant))].join(", ")}`;
  return [
    make("p", { class: "soft" }, about),
    ...(units.size > 1
      ? [make("p", { class: "warn" }, "More than one unit has this request: an outcome joins only an exposure to its own.")]
      : []),
    make("h3", {}, "Its items"),
    make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Its items" }, itemsTable(events)),
    make("h3", {}, "Its events"),
    make("ol", { class: "path" }, ...events.map((event) => step(event, events[0]))),
    ...(more > 0 ? [make("p", {}, `and ${number(more)} events more`)] : []),
  ];
}

/** Each item by stage, and how long after the stage before; the events below have the times. @param {ArrivedEvent[]} events */
function itemsTable(events) {
  /** @type {Map<string, { position: number, requested?: ArrivedEvent, seen?: ArrivedEvent, basis: string, acts: ArrivedEvent[] }>} */
  const items = new Map();
  for (const event of events) {
    for (const { item_id, position, basis } of event.items) {
      const item = items.get(item_id) ?? { position, basis: "", acts: [] };
      items.set(item_id, item);
      if (event.event_type === "decision") item.requested ??= event;
      else if (event.verdict === "exposure" || event.verdict === "repeated") {
        item.seen ??= event;
        item.basis ||= basis;
      } else item.acts.push(event);
    }
  }
  const head = ["item", "position", "requested", "rendered", "seen", "acted"].map((text) => make("th", { scope: "col" }, text));
  const rows = [...items].toSorted(([, a], [, b]) => a.position - b.position);
  return make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head)),
    make(
      "tbody",
      {},
      ...rows.map(([id, { position, requested, seen, basis, acts }]) =>
        make(
          "tr",
          {},
          make("th", { scope: "row" }, id),
          make("td", {}, position === 0 ? "–" : number(position)),
          make("td", {}, requested ? "yes" : "no decision"),
          make("td", {}, seen ? "yes, as it was seen" : "not on the bus"),
          make(
            "td",
            {},
            seen
              ? `${requested ? between(requested.occurred_at, seen.occurred_at) : time(seen.occurred_at)} ${basis}`
              : "no exposure",
          ),
          make(
            "td",
            {},
            ...acts.map((act) =>
              make(
                "span",
                { class: act.verdict },
                `${act.event_type}, ${verdictOf(act)} ${seen ? between(seen.occurred_at, act.occurred_at) : time(act.occurred_at)}`,
              ),
            ),
          ),
        ),
      ),
    ),
  );
}

/** @param {ArrivedEvent} event @param {ArrivedEvent | undefined} first */
function step(event, first) {
  const { event_type, occurred_at, received_at, published_at, items, more_items } = event;
  const names = items.map(({ item_id }) => item_id).join(", ");
  return make(
    "li",
    {},
    make("b", {}, event_type),
    make("span", { class: event.verdict }, ` ${verdictOf(event)} `),
    make("span", { class: "soft" }, first && first !== event ? between(first.occurred_at, occurred_at) : ""),
    make(
      "div",
      {},
      `happened ${time(occurred_at)}; collector ${between(occurred_at, received_at)}; bus ${between(received_at, published_at)}, ${time(published_at)}`,
    ),
    make("div", { class: "soft" }, more_items > 0 ? `${names} and ${number(more_items)} more` : names),
  );
}
