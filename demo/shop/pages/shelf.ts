/** A shelf: asks the recommender, draws the cards, and tracks what is answered, seen and clicked. */
import type { Recommended } from "../recommend.ts";
import { rememberOrigin, type ShelfRequest } from "./journey.ts";
import type { Tracker } from "./tracker.ts";

interface Answer {
  meta: { request_id: string };
  items: Recommended[];
}

/** Fills every shelf of the page. */
export async function fillShelves(tracker: Tracker): Promise<void> {
  const shelves = document.querySelectorAll<HTMLElement>(".shelf[data-surface]");
  await Promise.all([...shelves].map((shelf) => fillShelf(tracker, shelf)));
}

async function fillShelf(tracker: Tracker, shelf: HTMLElement): Promise<void> {
  const { surface = "", item } = shelf.dataset;
  const list = shelf.querySelector("ul");
  const request = tracker.request({ surface });
  const query = new URLSearchParams({ surface, ...(item !== undefined && { item }) });
  const response = await fetch(`/v1/recommend?${query}`, { headers: request.headers }).catch(() => undefined);
  if (!list || !response?.ok) return list?.replaceWith(sorry());
  const { meta, items } = (await response.json()) as Answer;
  request.adopt(meta.request_id);
  request.decision(items.map(toTracked));
  for (const recommended of items) {
    const card = makeCard(recommended, request);
    const entry = document.createElement("li");
    entry.append(card);
    list.append(entry);
    request.observe(card, toTracked(recommended));
  }
}

function toTracked({ item_id, position, score, propensity }: Recommended) {
  return { itemId: item_id, position, score, propensity };
}

function makeCard({ item_id, position, title, price }: Recommended, request: ShelfRequest): HTMLAnchorElement {
  const card = document.createElement("a");
  card.className = "card";
  card.href = `/product/${item_id}`;
  Object.assign(card.dataset, { itemId: item_id, requestId: request.id, position: String(position) });
  const image = Object.assign(new Image(240, 200), { src: `/pictures/${item_id}.svg`, alt: "" });
  card.append(image, line("title", title), line("price", `€ ${price}`));
  card.addEventListener("click", () => {
    request.outcome("click", { itemId: item_id, position });
    rememberOrigin(item_id, request, position);
  });
  return card;
}

function line(className: string, textContent: string): HTMLSpanElement {
  return Object.assign(document.createElement("span"), { className, textContent });
}

function sorry(): HTMLParagraphElement {
  return Object.assign(document.createElement("p"), { className: "failed", textContent: "Nothing to show here right now." });
}
