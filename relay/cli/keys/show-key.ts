import type { WriteKey } from "./write-keys.ts";
import type { Output } from "../lib/io.ts";
import { jsonLine } from "../lib/json-line.ts";

/** Prints a new key to stdout, alone or with its id, so that it can be piped to where it is kept. */
export function showKey(out: Output, { key, id, policy }: WriteKey & { key: string }, json: boolean): void {
  const { tenant_id, kind } = policy;
  out.write(json ? jsonLine({ key, id, tenant_id, kind }) : `${key}\n`);
}
