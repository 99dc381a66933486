/** This machine's clock against that of Cloudflare, by the Date of a response. The dedup window, lags and look-ups by time go by it. */
import type { Config } from "../../service/settings/config.ts";
import { type Finding, findings, reasonOf } from "../../bus/port/finding.ts";

const { ok, warn, fail } = findings("clock");
const PATIENCE_MS = 5_000;
/** Seconds off: a Date is cut to a second, and the way there takes some. */
const WARN_SECONDS = 3;
const FAIL_SECONDS = 60;

/** Asks CLOUDFLARE_API_URL for its time, without the token. */
export async function checkClock({ cloudflare: { apiUrl: url } }: Pick<Config, "cloudflare">): Promise<Finding[]> {
  const from = Date.now();
  let date: string | null;
  try {
    const response = await fetch(url, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    date = response.headers.get("date");
  } catch (error) {
    return [
      warn(`not checked, since ${url} does not answer: ${reasonOf(error)}`, "see that this machine's clock is kept by NTP"),
    ];
  }
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs))
    return [warn(`not checked, since ${url} says no Date`, "see that this machine's clock is kept by NTP")];
  // Half a second for what the Date was cut by, on average.
  const off = Math.round((from + Date.now()) / 2 - theirs - 500) / 1000;
  const found = `${Math.abs(off).toFixed(1)} s ${off > 0 ? "ahead of" : "behind"} ${new URL(url).host}`;
  if (Math.abs(off) >= FAIL_SECONDS) return [fail(found, "set the clock and have NTP keep it, before the relay runs")];
  if (Math.abs(off) >= WARN_SECONDS) return [warn(found, "have NTP keep the clock")];
  return [ok(found)];
}
