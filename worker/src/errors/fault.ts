import { isPersonal } from "@sightline/client/pii";
import { ERRORS, type ErrorCode } from "./errors.ts";

/** Why an event is refused. */
export interface Fault {
  code: ErrorCode;
  /** What was expected. Never a value that was sent. */
  message: string;
  /** Where, dotted. A key that could itself carry a value, such as an e-mail address, is shown as `*`. */
  path?: string;
}

/** Makes a fault; the message is the table's where none is given. */
export function fault(code: ErrorCode, path: readonly PropertyKey[] = [], message: string = ERRORS[code].message): Fault {
  if (path.length === 0) return { code, message };
  const plain = path.map((key) => (/^[A-Za-z0-9_-]{1,64}$/.test(String(key)) && !isPersonal(String(key)) ? String(key) : "*"));
  return { code, message, path: plain.join(".") };
}
