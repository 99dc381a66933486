/** Drawings of the products, in a few plain shapes. */
import type { Kind, Product } from "./catalogue.ts";

/** Shapes by kind, within 240 by 200; `a` is the main colour, `b` its shade, `c` a light accent. */
const SHAPES: Record<Kind, (a: string, b: string, c: string) => string> = {
  lamp: (a, b, c) =>
    `<path d="M92 56h56l24 52H68z" fill="${a}"/><ellipse cx="120" cy="108" rx="52" ry="9" fill="${c}"/>` +
    `<path d="M117 114h6v52h-6z" fill="${b}"/><ellipse cx="120" cy="168" rx="34" ry="7" fill="${b}"/>`,
  vase: (a, b, c) =>
    `<path d="M104 70h32c0 22 26 32 26 62 0 24-18 38-42 38s-42-14-42-38c0-30 26-40 26-62z" fill="${a}"/>` +
    `<path d="M79 124c14 8 68 8 82 0 4 30-14 46-41 46s-45-16-41-46z" fill="${b}"/>` +
    `<path d="M120 70V34m0 16c-12-2-16-10-16-18 12 0 16 8 16 18zm0-6c10-2 14-8 14-16-10 0-14 6-14 16z" fill="${c}" stroke="${b}" stroke-width="3"/>`,
  chair: (a, b, c) =>
    `<path d="M82 40h10l4 70H86zM148 40h10l-4 70h-10z" fill="${b}"/>` +
    `<path d="M90 48h60v9H90zM91 66h58v9H91zM92 84h56v9H92z" fill="${c}"/><path d="M78 108h84l6 14H72z" fill="${a}"/>` +
    `<path d="M78 122h9l-4 50h-8zM153 122h9l3 50h-8z" fill="${b}"/>`,
  mug: (a, b, c) =>
    `<path d="M152 92h14c14 0 22 10 22 24s-8 26-24 26h-14v-12h12c8 0 12-6 12-14s-4-12-10-12h-12z" fill="${b}"/>` +
    `<path d="M76 76h80v70c0 14-10 22-22 22H98c-12 0-22-8-22-22z" fill="${a}"/><ellipse cx="116" cy="76" rx="40" ry="9" fill="${c}"/>` +
    `<path d="M104 58c-6-8 6-12 0-22m22 22c-6-8 6-12 0-22" fill="none" stroke="${b}" stroke-width="4" stroke-linecap="round"/>`,
  plant: (a, b, c) =>
    `<path d="M120 122C96 110 74 84 78 52c26 6 42 32 42 70zm0 0c24-12 46-34 44-64-28 4-44 28-44 64zm0 0c-6-30-2-62 8-84 14 22 10 58-8 84z" fill="${a}"/>` +
    `<path d="M86 122h68l-9 48H95z" fill="${c}"/><path d="M82 116h76v14H82z" fill="${b}"/>`,
  cushion: (a, b, c) =>
    `<path d="M62 62c38 10 78 10 116 0 8 34 8 62 0 96-38-10-78-10-116 0-8-34-8-62 0-96z" fill="${a}"/>` +
    `<path d="M78 76c28 6 56 6 84 0 5 24 5 44 0 68-28-6-56-6-84 0-5-24-5-44 0-68z" fill="none" stroke="${c}" stroke-width="4" stroke-dasharray="7 6"/>` +
    `<circle cx="120" cy="110" r="6" fill="${b}"/>`,
  clock: (a, b, c) =>
    `<circle cx="120" cy="104" r="62" fill="${b}"/><circle cx="120" cy="104" r="53" fill="${c}"/>` +
    `<path d="M120 104V66m0 38 26 16" stroke="${a}" stroke-width="7" stroke-linecap="round" fill="none"/><circle cx="120" cy="104" r="6" fill="${b}"/>` +
    `<path d="M120 57v8m0 78v8m47-47h-8m-78 0h-8" stroke="${b}" stroke-width="5" stroke-linecap="round"/>`,
  bowl: (a, b, c) =>
    `<path d="M54 92h132c0 42-26 70-66 70S54 134 54 92z" fill="${a}"/><ellipse cx="120" cy="92" rx="66" ry="15" fill="${b}"/>` +
    `<ellipse cx="120" cy="90" rx="54" ry="10" fill="${c}"/><path d="M96 160h48v10H96z" fill="${b}"/>`,
};

/** The product's picture as SVG, 240 by 200. */
export function picture({ kind, hue }: Pick<Product, "kind" | "hue">): string {
  const shapes = SHAPES[kind](`hsl(${hue} 48% 52%)`, `hsl(${hue} 42% 36%)`, `hsl(${hue} 58% 84%)`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 200"><rect width="240" height="200" fill="hsl(${hue} 36% 95%)"/>` +
    `<ellipse cx="120" cy="174" rx="76" ry="8" fill="hsl(${hue} 24% 86%)"/>${shapes}</svg>`
  );
}
