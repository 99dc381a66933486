import { createHash } from "node:crypto";

/** 21 characters that look as random as the SDK's ids are. */
export function id(kind: string, nth: number): string {
  return createHash("sha256").update(`${kind} ${nth}`).digest("base64url").slice(0, 21);
}

/** A UUID that ends in a digit. */
export const uuid = (digit: number): string => `6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e${digit}`;
