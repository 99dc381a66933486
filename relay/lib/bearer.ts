import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether an Authorization header carries this bearer token. Both sides are hashed, so that neither content nor length of the token shows
 * in the time that comparing takes.
 */
export function bearer(token: string): (header: string | undefined) => boolean {
  const expected = digest(`Bearer ${token}`);
  return (header) => timingSafeEqual(digest(header ?? ""), expected);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
