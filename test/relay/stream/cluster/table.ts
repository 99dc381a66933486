/** What a trial found, beside what it had to find. */
export interface Row {
  trial: string;
  what: string;
  got: string | number;
  expected: string | number;
  exact: boolean;
}

/** One of them. */
export function row(trial: string, what: string, got: string | number, expected: string | number): Row {
  return { trial, what, got, expected, exact: got === expected };
}
