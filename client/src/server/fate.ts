/** What a response says of a request besides the verdicts on its events. */
import type { Reply } from "../delivery/reply.ts";

/** In the place of a status where no response came in time. */
export const LATE = -1;

/** Only the collector's own word refuses a request for good: another's 403 or 404 is that of a proxy, a firewall or a wrong address. */
export function isRefusal({ status, code }: Reply): boolean {
  return code !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** The request was ended by what is not the collector: the platform's limits, or a connection that broke. */
export function isCutOff({ status, code, answer }: Reply): boolean {
  return answer === undefined && code === undefined && (status === 0 || status >= 500);
}
