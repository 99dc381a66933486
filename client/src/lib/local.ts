/** localStorage, which may be blocked, full or not there: then nothing is kept, and nothing is thrown. */
import { attempt } from "./attempt.ts";

/** What is kept under a key; undefined where there is nothing that can be read. */
export const load = <T>(key: string): T | undefined => attempt(() => JSON.parse(localStorage[key]) as T);

/** Keeps what JSON can carry; returns undefined where that could not be done. */
export const save = (key: string, value: unknown): unknown => attempt(() => (localStorage[key] = JSON.stringify(value)));

/** Forgets what is kept. */
export const drop = (key: string): unknown => attempt(() => delete localStorage[key]);
