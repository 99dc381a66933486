// @ts-check
// What the relay does: figures with their span of time, and its breakers.
import { fill, make } from "./dom.js";
import { number, percent, plural, span, time } from "./format.js";

/** @import { RelaySection } from "../state.ts" */

const STATES = { CLOSED: "closed", HALF_OPEN: "half-open", OPEN: "open" };

/** @param {RelaySection} relay */
export function drawRelay(relay) {
  const { lag, backlog, publish, minutes, recent, held, delivered, duplicates, redelivered, dead_lettered, breakers } = relay;
  const worst = lag.toSorted((a, b) => b.seconds - a.seconds)[0];
  const settled = recent.delivered + recent.dead_lettered;
  fill("tiles", [
    tile(
      "queue lag",
      worst ? span(worst.seconds) : "–",
      worst ? `oldest message of ${worst.queue}, ${time(worst.at)}` : "no round yet",
    ),
    tile(
      "publish, p95",
      publish ? span(publish.p95) : "–",
      publish
        ? `p50 ${span(publish.p50)}, p99 ${span(publish.p99)}; ${number(publish.batches)} batches in ${minutes} min`
        : `no batch in ${minutes} min`,
    ),
    tile(
      "dead-letter rate",
      settled === 0 ? "–" : percent(recent.dead_lettered / settled, 2),
      `${number(recent.dead_lettered)} of ${number(settled)} in ${minutes} min`,
      recent.dead_lettered > 0,
    ),
    tile("held", number(held), "taken, not settled yet"),
    tile("delivered", number(delivered), "since the store was made"),
    tile("copies dropped", number(duplicates), `and ${number(redelivered)} redelivered by the queue`),
    ...backlog.map(({ queue, messages }) => tile("backlog", number(messages), `messages wait in ${queue}`)),
  ]);
  fill(
    "breakers",
    breakers.map(({ name, state, denied }) =>
      make(
        "li",
        { "data-state": state },
        make("b", {}, name === "cluster" ? "the whole bus" : name),
        `: ${STATES[state]}`,
        ...denied.map((right) => `; not allowed: ${right}`),
      ),
    ),
  );
  fill(
    "dead",
    dead_lettered.map(({ cause, n }) =>
      make("li", {}, make("b", {}, plural(n, "event")), ` ${cause}: sightline dlq list --code ${cause} shows them`),
    ),
  );
}

/** @param {string} name @param {string} value @param {string} note @param {boolean} [bad] */
function tile(name, value, note, bad = false) {
  return make(
    "div",
    bad ? { class: "bad" } : {},
    make("dt", {}, name),
    make("dd", {}, make("b", {}, value), make("small", {}, note)),
  );
}
