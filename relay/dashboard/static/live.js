// @ts-check
// Draws what /api/stream sends: sections as they change, and events as they arrive.
import { byId, say } from "./dom.js";
import { drawSeries } from "./charts.js";
import { addEvents, clearEvents } from "./events.js";
import { drawFunnel } from "./funnel.js";
import { drawStatus, drawVerdict, tell } from "./hero.js";
import { drawProblems } from "./problems.js";
import { drawRates } from "./rates.js";
import { drawRelay } from "./relay.js";
import { openRequest } from "./request.js";

/** @type {Record<string, (section: any) => void>} */
const SECTIONS = {
  status: drawStatus,
  verdict: drawVerdict,
  funnel: drawFunnel,
  rates: drawRates,
  series: drawSeries,
  relay: drawRelay,
  problems: drawProblems,
  events: addEvents,
};

function follow() {
  byId("login").hidden = true;
  byId("view").hidden = false;
  const stream = new EventSource("/api/stream");
  for (const [name, draw] of Object.entries(SECTIONS)) {
    stream.addEventListener(name, ({ data }) => draw(JSON.parse(data)));
  }
  stream.addEventListener("restart", clearEvents);
  stream.addEventListener("error", () => tell("the relay is away; connecting", false));
  openLinked();
  addEventListener("hashchange", openLinked);
}

/** An address may name a request: `/#request=…`. */
function openLinked() {
  const id = new URLSearchParams(location.hash.slice(1)).get("request");
  if (id) void openRequest(id);
}

async function begin() {
  const { status } = await fetch("/api/session");
  if (status === 204) return follow();
  byId("login").hidden = false;
  tell(status === 403 ? "not let in" : "the token, please", false);
  if (status === 403) say("refused", "This relay has no RELAY_TOKEN: look at it from its own machine.");
  byId("token").focus();
  return undefined;
}

byId("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = /** @type {HTMLInputElement} */ (byId("token")).value;
  const { ok } = await fetch("/api/session", { method: "POST", headers: { authorization: `Bearer ${token}` } });
  if (ok) follow();
  else say("refused", "This is not the relay's token.");
});

void begin();
