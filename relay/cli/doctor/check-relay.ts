/** Is a relay running, does it take, and does it know the token? Nothing is delivered. */
import { relayUrl } from "../../service/settings/relay-url.ts";
import type { Config } from "../../service/settings/config.ts";
import { type Finding, findings, reasonOf } from "../../bus/port/finding.ts";

const { ok, warn, fail } = findings("relay");
const PATIENCE_MS = 5_000;

/** Asks the relay at RELAY_URL, else at RELAY_HOST and RELAY_PORT. */
export async function checkRelay({ service }: Config): Promise<Finding[]> {
  const url = relayUrl(service);
  let ready: Response;
  try {
    ready = await ask(url, "/readyz");
  } catch (error) {
    return [
      warn(`no relay answers at ${url}: ${reasonOf(error)}`, "start it with sightline relay, or set RELAY_URL to where it runs"),
    ];
  }
  const said = (await ready.text()).trim().slice(0, 300);
  if (ready.status === 200) return [ok(`takes, at ${url}`), ...(await checkToken(url, service.token))];
  if (ready.status === 503)
    return [fail(`runs at ${url} and takes nothing: ${said}`, "see to what it says; the queue keeps the events")];
  return [
    fail(`what answers at ${url} is no relay: ${ready.status} to /readyz`, "set RELAY_URL or RELAY_PORT to where the relay runs"),
  ];
}

/** A body that is no delivery is refused after the token was looked at, and before anything else is done with it. */
async function checkToken(url: string, token: string | undefined): Promise<Finding[]> {
  if (token === undefined) return [];
  const response = await ask(url, "/v1/deliveries", { method: "POST", headers: { authorization: `Bearer ${token}` }, body: "-" });
  await response.body?.cancel();
  if (response.status !== 401) return [ok("RELAY_TOKEN is the one that it runs with")];
  return [
    fail("RELAY_TOKEN is not the one that it runs with", "give this command, the relay and the collector the same RELAY_TOKEN"),
  ];
}

function ask(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(PATIENCE_MS), redirect: "error" });
}
