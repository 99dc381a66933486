/** localStorage, which may be blocked, full or not there: then nothing is kept, and nothing is thrown. */
import { attempt } from "./attempt.ts";

/** What is kept under a key; null where there is nothing, undefined where nothing can be kept. */
export const load = (key: string): string | null | undefined => attempt(() => localStorage.getItem(key));

/** Keeps a text, and answers whether that could be done. */
export const save = (key: string, text: string): boolean | undefined =>
  attempt(() => {
    localStorage.setItem(key, text);
    return true;
  });

/** Forgets what is kept. */
export const drop = (key: string): void => attempt(() => localStorage.removeItem(key));
