/** What the demo shop sells: made up, with pictures that `picture.ts` draws. */

/** Kinds of product; each has a drawing. */
export type Kind = "lamp" | "vase" | "chair" | "mug" | "plant" | "cushion" | "clock" | "bowl";

/** A product. */
export interface Product {
  /** Identity in events and addresses. */
  id: string;
  title: string;
  kind: Kind;
  /** Euro. */
  price: number;
  /** One sentence. */
  text: string;
  /** Hue of the picture, degrees. */
  hue: number;
  /** How well it sells, from 0 to 1. */
  popularity: number;
}

type Row = [title: string, price: number, text: string, hue: number, popularity: number];

const ROWS: Record<Kind, Row[]> = {
  lamp: [
    ["Harbour desk lamp", 89, "A steel shade on a jointed arm that stays where you put it.", 204, 0.9],
    ["Paper moon lamp", 49, "Folded by hand; the light of a full moon in a small room.", 44, 0.7],
    ["Lighthouse floor lamp", 159, "Tall and slim, with a dimmer under your foot.", 12, 0.5],
  ],
  vase: [
    ["Tideline vase", 38, "Stoneware with a glaze that ends like a wave on sand.", 186, 0.8],
    ["Bottle-neck vase", 24, "For one stem, and for that one stem exactly.", 152, 0.6],
    ["Clay pitcher", 42, "A jug by trade, a vase by calling.", 22, 0.4],
  ],
  chair: [
    ["Slatback chair", 129, "Ash wood, six slats, no screws to be seen.", 32, 0.8],
    ["Reading chair", 349, "Deep enough for a long novel.", 262, 0.6],
    ["Kitchen stool", 69, "The height of a worktop, the width of a friend.", 96, 0.5],
  ],
  mug: [
    ["Morning mug", 16, "Holds as much coffee as a Monday asks for.", 350, 0.9],
    ["Camp mug", 14, "Enamel, with a rim that does not mind a fall.", 218, 0.7],
    ["Tea bowl", 22, "No handle: warm hands are the point.", 122, 0.4],
  ],
  plant: [
    ["Rubber fig", 34, "Grows while you look the other way.", 138, 0.8],
    ["Desk fern", 18, "Likes shade, water and being talked to.", 110, 0.6],
    ["Snake plant", 28, "Forgives almost everything.", 160, 0.7],
  ],
  cushion: [
    ["Linen cushion", 32, "Washed soft; the cover comes off.", 54, 0.7],
    ["Bolster", 44, "A long one, for the end of the sofa.", 288, 0.4],
    ["Knitted cushion", 39, "Merino wool in a moss stitch.", 4, 0.5],
  ],
  clock: [
    ["Station clock", 79, "Read from across the room, silent at night.", 232, 0.7],
    ["Wooden alarm clock", 45, "A bell that is firm and never rude.", 28, 0.6],
    ["Kitchen timer clock", 36, "Counts down the eggs, then tells the time.", 172, 0.3],
  ],
  bowl: [
    ["Salad bowl", 54, "Olive wood, oiled, and no two alike.", 72, 0.6],
    ["Breakfast bowl", 19, "As wide as a good start.", 196, 0.8],
    ["Mixing bowl", 29, "A lip to pour from and a ring to hold on to.", 318, 0.5],
  ],
};

/** Every product. */
export const CATALOGUE: readonly Product[] = Object.entries(ROWS).flatMap(([kind, rows]) =>
  rows.map(([title, price, text, hue, popularity]) => ({
    id: title.toLowerCase().replaceAll(" ", "-"),
    title,
    kind: kind as Kind,
    price,
    text,
    hue,
    popularity,
  })),
);

/** A product by its id. */
export function findProduct(id: string): Product | undefined {
  return CATALOGUE.find((product) => product.id === id);
}
