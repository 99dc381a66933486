import { resumeOrigin } from "./journey.ts";
import { fillShelves } from "./shelf.ts";
import { shopTracker, type Tracker } from "./tracker.ts";

async function showProduct(tracker: Tracker): Promise<void> {
  wireBuyButton(tracker);
  await fillShelves(tracker);
}

function wireBuyButton(tracker: Tracker): void {
  const itemId = document.querySelector<HTMLElement>(".product")?.dataset["product"] ?? "";
  const button = document.querySelector<HTMLButtonElement>(".buy");
  const status = document.querySelector(".bought");
  const { request, position } = resumeOrigin(tracker, itemId) ?? directVisit(tracker, itemId);
  button?.addEventListener("click", () => {
    request.outcome("purchase", { itemId, position });
    button.disabled = true;
    if (status) status.textContent = "Thank you: it is yours.";
  });
}

/** Nobody recommended it: the page itself is where the visitor saw the product. */
function directVisit(tracker: Tracker, itemId: string) {
  const request = tracker.request({ surface: "product.page" });
  request.exposed([{ itemId, position: 1 }]);
  return { request, position: 1 };
}

await showProduct(shopTracker());
