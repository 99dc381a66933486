/** A log with faults whose number is known: what verify has to find, and nothing else. */
import type { Envelope } from "../../../worker/src/envelope/envelope.ts";

/** What was planted, and what follows from it. */
export interface Planted {
  envelopes: Envelope[];
  expected: Record<string, unknown>;
}

const START = Date.parse("2026-03-01T00:00:00.000Z");
const SURFACES = ["home.top_picks", "search.results"];
const EXPERIMENT = "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5";
const VARIANTS = ["0b9f8e7d-6c5b-4a39-8877-665544332211", "1b9f8e7d-6c5b-4a39-8877-665544332211"];
const REQUESTS_A_SESSION = 10;
const WATERMARK_MS = 600_000;
/** Numbers that a session lacks, and how many of them its SDK reports as dropped. */
const MISSING = 37;
const REPORTED = 30;

const sum = (list: number[]): number => list.reduce((total, n) => total + n, 0);

/**
 * A fourth of `events` requests, each with a decision, an exposure of three items and two clicks. Of every 20 requests one lacks its exposure (5
 * %); of every 100 clicks one names no request (1 %); of every 125 requests one has a click of another surface, of every 250 one a click of another
 * unit: of 100,000 events 200 and 100.
 */
export function planted(events: number): Planted {
  const requests = Math.floor(events / 4);
  const envelopes: Envelope[] = [];
  const shown = [0, 0, 0];
  const clicked = [0, 0, 0];
  const counts = { withheld: 0, unnamed: 0, surfaces: 0, units: 0 };
  const orphanedAt: number[] = [];
  let newest = 0;
  let seq = 0;
  for (let r = 0; r < requests; r++) {
    const at = START + r * 1_000;
    const session = `session-${Math.floor(r / REQUESTS_A_SESSION)}`;
    if (r % REQUESTS_A_SESSION === 0) seq = 0;
    // A session in the middle of the log skips numbers, and its SDK owns up to some of them.
    if (r === REQUESTS_A_SESSION * 3 + 5) {
      seq += MISSING;
      envelopes.push(
        make("client_report", `${session}-${++seq}`, at, session, seq, { payload: { dropped: { queue_full: REPORTED } } }),
      );
    }
    const surface = SURFACES[r % 2]!;
    const head = {
      request_id: `request-${r}`,
      surface,
      experiments: [{ experiment_id: EXPERIMENT, variant_id: VARIANTS[r % 2]! }],
    };
    const items = [1, 2, 3].map((position) => ({
      item_id: `item-${(r + position) % 500}`,
      position,
      propensity: 1 / (position + 1),
    }));
    envelopes.push(make("decision", `decision-${r}`, at, undefined, undefined, { ...head, unit_id: unitOf(r), items }));
    const isWithheld = r % 20 === 0;
    if (isWithheld) counts.withheld++;
    else {
      const seen = items.map((item) => ({ ...item, basis: "viewable" as const }));
      envelopes.push(
        make("exposure", `${session}-${++seq}`, at + 100, session, seq, { ...head, unit_id: unitOf(r), items: seen }),
      );
      for (const index of [0, 1, 2]) shown[index]!++;
    }
    for (const click of [0, 1]) {
      const { item_id, position } = items[(r + click) % 3]!;
      const isFirst = click === 0;
      const isUnnamed = isFirst && r % 50 === 1;
      const isElsewhere = isFirst && r % 125 === 2;
      const isOther = isFirst && r % 250 === 3;
      const { request_id: _, surface: __, ...rest } = head;
      const named = isUnnamed ? rest : { ...head, surface: isElsewhere ? SURFACES[(r + 1) % 2]! : surface };
      const unit_id = isOther ? "another" : unitOf(r);
      const own = { ...named, unit_id, item_id, position };
      const event = make("click", `${session}-${++seq}`, at + 200 + click * 300, session, seq, own);
      envelopes.push(event);
      newest = Math.max(newest, Date.parse(event.received_at));
      counts.unnamed += Number(isUnnamed);
      counts.surfaces += Number(isElsewhere);
      counts.units += Number(isOther);
      if (isWithheld || isOther) orphanedAt.push(Date.parse(event.received_at));
      if (!isWithheld && !isOther && !isUnnamed) clicked[position - 1]!++;
    }
  }
  const expectedOrphans = orphanedAt.filter((at) => at > newest - WATERMARK_MS).length;
  const orphans = orphanedAt.length + counts.unnamed;
  return {
    envelopes,
    expected: {
      decisions: { requests, items: 3 * requests, seen: sum(shown) },
      exposures: 3 * (requests - counts.withheld),
      outcomes: { click: 2 * requests },
      joined: sum(clicked),
      joined_late: 0,
      orphans,
      orphans_not_yet: expectedOrphans,
      orphans_never: orphans - expectedOrphans,
      orphans_of_other_units: counts.units,
      missing_request_id: counts.unnamed,
      missing_item_id: 0,
      several_surfaces: { requests: counts.surfaces },
      several_units: { requests: counts.units },
      by_position: Object.fromEntries(shown.map((exposures, n) => [String(n + 1), { exposures, clicks: clicked[n]! }])),
      sequences: {
        sessions: 1,
        missing: MISSING,
        explained_by_reports: REPORTED,
        explained_by_rejects: 0,
        unexplained: MISSING - REPORTED,
      },
      rejected: {},
      empty_exposures: 0,
      unreadable: { records: 0 },
    },
  };
}

const unitOf = (request: number): string => `unit-${Math.floor(request / REQUESTS_A_SESSION)}`;

const TYPES: Record<string, Envelope["type"]> = {
  decision: "rec.decision.made.v1",
  exposure: "rec.exposure.recorded.v1",
  click: "rec.outcome.recorded.v1",
  client_report: "edge.client.reported.v1",
};

function make(
  event_type: string,
  id: string,
  at: number,
  session_id: string | undefined,
  seq: number | undefined,
  own: Partial<Envelope["payload"]>,
): Envelope {
  const timestamp = new Date(at).toISOString();
  const numbered = session_id === undefined || seq === undefined ? {} : { session_id, seq };
  const payload = {
    event_id: id,
    event_type,
    timestamp,
    unit_type: "user",
    unit_id: "unit",
    ...(seq === undefined ? {} : { seq }),
    ...own,
  };
  return {
    id,
    type: TYPES[event_type]!,
    version: 1,
    event_type,
    occurred_at: timestamp,
    received_at: new Date(at + 800).toISOString(),
    source: "web/1.0.0",
    correlation_id: own.request_id ?? id,
    trace_id: "0af7651916cd43dd8448eb211c80319c",
    payload,
    metadata: {
      partition_key: own.request_id ?? payload.unit_id,
      tenant_id: "shop",
      key_kind: session_id === undefined ? "server" : "web",
      flags: [],
      schema: `${event_type}@1`,
      content_hash: "0".repeat(32),
      ...numbered,
    },
  };
}
