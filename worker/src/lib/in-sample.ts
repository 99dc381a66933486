import { murmur128 } from "./murmur128.ts";

/** True for the share of all names that is kept: always the same ones, and of two shares the smaller is within the larger. */
export function inSample(name: string, share: number): boolean {
  return parseInt(murmur128(name).hash.slice(0, 8), 16) < share * 2 ** 32;
}
