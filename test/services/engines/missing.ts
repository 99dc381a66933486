/** An engine that the machine does not have. */
import { say } from "../machine.ts";

/** Says why an engine cannot be had. Throws where SIGHTLINE_REQUIRE_SERVICES=1 says that it must. */
export function missingEngine(name: string, reason: string): { missing: string } {
  const missing = `${name} cannot be had here: ${reason}`;
  if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing);
  say(missing);
  return { missing };
}
