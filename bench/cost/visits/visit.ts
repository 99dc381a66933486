import type { Hand } from "./hand.ts";
import type { Random } from "./random.ts";

/** Seconds for which people look at a shelf, and stay on a page at least. */
const LOOK = [1.5, 4] as const;
const STAY = [5, 15] as const;

/** What a visit is, in words for the report. */
export const VISIT =
  "home: its shelves are scrolled to by the wheel and looked at, the carousel is turned sideways; a card is clicked; on its product page the product and the shelf below are looked at, and a card there is clicked; that product is looked at and bought; back, and the tab is closed. Looks take 1.5 to 4 s, each page 5 to 15 s or what its looks take.";

/** Goes through the shop, whose first page is there, up to where the tab is to be closed. `step` is told what comes next. */
export async function visit(hand: Hand, random: Random, step: (what: string) => void): Promise<void> {
  const { pause, scrollTo, scrollAside, click, follow, back } = hand;
  const look = async (surface: string): Promise<void> => {
    step(`looks at ${surface}`);
    await scrollTo(`[data-surface="${surface}"] [data-item-id]`);
    await pause(...LOOK);
  };
  const stay = async (act: () => Promise<void>): Promise<void> => {
    const until = performance.now() + random.between(...STAY) * 1000;
    await act();
    const left = Math.max(0, until - performance.now()) / 1000;
    await pause(left, left);
  };

  /** One of the first row of a shelf. */
  const card = (surface: string): string => `[data-surface="${surface}"] [data-position="${random.oneOf([1, 2, 3, 4])}"]`;

  await stay(async () => {
    await look("home.top_picks");
    await look("home.carousel");
    step("turns the carousel");
    await scrollAside('[data-surface="home.carousel"] [data-item-id]', random.between(500, 1100));
    await pause(...LOOK);
    await look("home.more");
  });
  step("clicks a card");
  await follow(card("home.more"));
  await stay(async () => {
    await pause(...LOOK);
    await look("product.similar");
  });
  step("clicks another card");
  await follow(card("product.similar"));
  await stay(async () => {
    await pause(...LOOK);
    await look("product.similar");
    step("buys");
    await scrollTo(".buy");
    await click(".buy");
    await pause(...LOOK);
  });
  step("goes back");
  await back();
  await stay(() => look("product.similar"));
}
