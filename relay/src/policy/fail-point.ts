/**
 * Places where the tests crash a relay: SIGHTLINE_FAIL_POINT=<name>:<n> ends the process by SIGKILL when it passes the named place for
 * the nth time. Unset, as anywhere but in tests, this does nothing.
 */
const [name, nth = "1"] = (process.env["SIGHTLINE_FAIL_POINT"] ?? "").split(":");
let passed = 0;

/** A place between two durable steps of a round. */
export function failPoint(place: "after_claim" | "before_commit" | "after_publish" | "after_settle"): void {
  if (place === name && ++passed === Number(nth)) process.kill(process.pid, "SIGKILL");
}
