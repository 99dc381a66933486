/** The demo's recommender: a softmax over popularity and likeness, drawn without replacement, so that each propensity is known. */
import { CATALOGUE, findProduct, type Product } from "./catalogue.ts";

/** Name of the policy, as events carry it. */
export const POLICY = "demo-softmax-1";

/** How many items each surface shows. */
const SURFACES: Readonly<Record<string, number>> = {
  "home.top_picks": 4,
  "home.carousel": 12,
  "home.more": 8,
  "product.similar": 4,
};
/** How much the policy prefers the better product; 0 would be blind chance. */
const SHARPNESS = 2;

/** One recommended item. */
export interface Recommended {
  item_id: string;
  /** From 1. */
  position: number;
  /** The policy's liking; higher is better. */
  score: number;
  /** Probability with which the policy chose this item for this position, given those before it. */
  propensity: number;
  title: string;
  /** Euro. */
  price: number;
}

interface Wish {
  surface: string;
  /** Product that the page is about: not recommended itself, its kind is preferred. */
  item?: string | undefined;
  /** Uniform in [0, 1). @default Math.random */
  random?: () => number;
}

/** Draws the items for a surface; undefined where there is no such surface. */
export function recommend({ surface, item, random = Math.random }: Wish): Recommended[] | undefined {
  const count = SURFACES[surface];
  if (count === undefined) return undefined;
  const about = item === undefined ? undefined : findProduct(item);
  const left = CATALOGUE.filter((product) => product !== about).map((product) => ({ product, score: score(product, about) }));
  return Array.from({ length: count }, (_, index) => {
    const weights = left.map((entry) => Math.exp(SHARPNESS * entry.score));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const at = draw(weights, random() * sum);
    const propensity = round((weights[at] ?? 0) / sum);
    const [chosen] = left.splice(at, 1);
    if (!chosen) throw new Error(`the catalogue has fewer than the ${count} products that ${surface} shows`);
    const { id, title, price } = chosen.product;
    return { item_id: id, position: index + 1, score: chosen.score, propensity, title, price };
  });
}

function score(product: Product, about: Product | undefined): number {
  return round(product.popularity + (about?.kind === product.kind ? 1 : 0));
}

/** Index of the weight in which `point` falls. */
function draw(weights: number[], point: number): number {
  let end = 0;
  const at = weights.findIndex((weight) => point < (end += weight));
  return at === -1 ? weights.length - 1 : at;
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
