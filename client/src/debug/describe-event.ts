import type { WireEvent } from "../wire/index.ts";
import { makeElement } from "./make-element.ts";

/** Items that are named; of the others it is said how many there are. */
const NAMED = 3;

/** A row of the list: when, what, about which items, under which request. */
export function describeEvent(event: Partial<WireEvent>): HTMLLIElement {
  const { timestamp = "", event_type = "", request_id = "" } = event;
  const row = document.createElement("li");
  makeElement(row, "time", { text: clockTime(timestamp), datetime: timestamp });
  makeElement(row, "b", { text: event_type });
  const items = itemsOf(event);
  makeElement(row, "span", { text: items, title: items });
  makeElement(row, "code", { text: request_id.slice(0, 8), title: request_id });
  return row;
}

function itemsOf({ item_id, items = [] }: Partial<WireEvent>): string {
  const names = item_id === undefined ? items.map((item) => item.item_id) : [item_id];
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` +${more}` : "");
}

/** As the clock on the wall says it, with milliseconds; what is no time is shown as it is. */
function clockTime(timestamp: string): string {
  const time = new Date(timestamp);
  if (Number.isNaN(time.getTime())) return timestamp;
  return `${time.toTimeString().slice(0, 8)}.${`${time.getMilliseconds()}`.padStart(3, "0")}`;
}
