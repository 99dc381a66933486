/** An option that is a number, declared once: what holds where it is not given, and what it may be, bounds included. */
export type NumberOption = readonly [value: number, unit: string, min: number, max: number];

/** The options of a group that are numbers, and the defaults of its others. */
export type Declared<Group> = { readonly [Name in keyof Group]: Group[Name] extends number ? NumberOption : Group[Name] };

/** Milliseconds that a timer takes: one for longer fires at once. */
export const TIMER_MAX = 2 ** 31 - 1;
