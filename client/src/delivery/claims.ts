/** Claims of tabs on the events in the database that all of an origin share: a tab that has gone keeps its events from nobody. */

/** Claim of a tab that sends, in milliseconds: it outlives a request (15 s) and the once-a-minute timers of a background tab. */
export const CLAIM_MS = 90_000;

/** Claim of a tab that only keeps events: others may take them over soon after, should it have gone. */
export const OWN_MS = 5_000;

/** What is claimed in one database. Times are in milliseconds since 1970. */
export interface Claims {
  /** Tells the database from the one that stood in its place before; undefined in one that is new. */
  born: number | undefined;
  /** By tab until when its events are its own; 0 while they are being taken over. */
  tabs: Map<string, number>;
  /** By its key in localStorage until when a spill is taken care of. */
  spills: Map<string, number>;
}

/** The claims as they are stored: one record of all. Pages of earlier versions read and write the same. */
export type StoredClaims = Record<string, number>;

/** The key of `born`: no tab is named so. */
const BORN = "";

/** Reads what is stored; the keys of spills begin with `spillPrefix`. */
export function readClaims(stored: StoredClaims | undefined, spillPrefix: string): Claims {
  const { [BORN]: born, ...others } = stored ?? {};
  const claims: Claims = { born, tabs: new Map(), spills: new Map() };
  for (const [key, until] of Object.entries(others)) claims[key.startsWith(spillPrefix) ? "spills" : "tabs"].set(key, until);
  return claims;
}

/** What is to be stored. */
export const storedClaims = ({ born, tabs, spills }: Claims): StoredClaims => ({
  [BORN]: born!,
  ...Object.fromEntries([...tabs, ...spills]),
});
