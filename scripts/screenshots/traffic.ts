/** Made-up traffic of a backend, so that a page has something to show: requests on two surfaces, two variants, clicks that fall with the position. */
import { randomUUID } from "node:crypto";

/** Where it goes. */
export interface Target {
  collector: string;
  serverKey: string;
}

const SURFACES = { "home.top_picks": 4, "search.results": 6 };
const EXPERIMENT = "5f0c1a52-8f0e-4c1a-9c55-2f6f3f0f7a01";
const VARIANTS = ["a1d9b2de-3a4b-4a4e-8a39-1c2f5f8e0001", "b2eac3ef-4b5c-4b5f-9b4a-2d3a6a9f0002"];
const CATALOGUE = [
  "harbour-desk-lamp",
  "tideline-vase",
  "morning-mug",
  "rubber-fig",
  "slatback-chair",
  "linen-cushion",
  "station-clock",
];

/** Posts a batch. Rejects where the collector takes none of it. */
export async function post({ collector, serverKey }: Target, events: object[]): Promise<void> {
  const headers = { authorization: `Bearer ${serverKey}`, "content-type": "application/json" };
  const answer = await fetch(`${collector}/v1/events`, { method: "POST", headers, body: JSON.stringify({ events }) });
  if (answer.status >= 500) throw new Error(`expected a verdict, got ${answer.status}: ${await answer.text()}`);
}

/** So many requests of visitors. */
export function requests(count: number): object[] {
  return Array.from({ length: count }, () => request()).flat();
}

function request(): object[] {
  const surface = pick(Object.keys(SURFACES)) as keyof typeof SURFACES;
  const shown = shuffled(CATALOGUE).slice(0, SURFACES[surface]);
  const variant = Math.floor(Math.random() * VARIANTS.length);
  const common = {
    unit_type: "user",
    unit_id: `v_${randomUUID().slice(0, 8)}`,
    request_id: randomUUID(),
    surface,
    experiments: [{ experiment_id: EXPERIMENT, variant_id: VARIANTS[variant] }],
    context: { policy_version_id: "demo-softmax-1", platform: "web" },
  };
  const event = (event_type: string, rest: object) => ({
    ...common,
    ...rest,
    event_id: randomUUID(),
    event_type,
    timestamp: new Date().toISOString(),
  });
  const items = shown.map((item_id, index) => ({ item_id, position: index + 1 }));
  const seen = items.slice(0, 2 + Math.floor(Math.random() * (items.length - 1))).map((item) => ({ ...item, basis: "viewable" }));
  const clicked = seen.filter(({ position }) => Math.random() < (variant === 0 ? 0.2 : 0.26) / Math.sqrt(position));
  return [
    event("decision", { items }),
    event("exposure", { items: seen }),
    ...clicked.map(({ item_id, position }) => event("click", { item_id, position })),
    ...clicked.filter(() => Math.random() < 0.25).map(({ item_id }) => event("purchase", { item_id })),
  ];
}

/** Outcomes that join nothing, each for a reason of its own. */
export function orphans(): object[] {
  const shown = { request_id: randomUUID(), items: [{ item_id: "tea-bowl", position: 1 }] };
  return [
    ...Array.from({ length: 9 }, () => outcome({ event_type: "purchase", item_id: pick(CATALOGUE) })),
    ...Array.from({ length: 3 }, () => outcome({ request_id: randomUUID() })),
    { ...outcome({ ...shown, event_type: "exposure", unit_id: "v_another" }), item_id: undefined },
    ...Array.from({ length: 2 }, () => outcome({ request_id: shown.request_id, item_id: "tea-bowl" })),
  ];
}

function outcome(rest: object): object {
  return {
    event_id: randomUUID(),
    event_type: "click",
    timestamp: new Date().toISOString(),
    unit_type: "user",
    unit_id: "v_planted",
    item_id: "morning-mug",
    surface: "home.top_picks",
    ...rest,
  };
}

/** Events that the collector refuses. */
export function refusals(): object[] {
  const [exposure] = requests(1).slice(1);
  const [again, click] = [requests(1)[1], requests(1)[0]];
  return [
    ...Array.from({ length: 3 }, () => ({ ...exposure, event_id: randomUUID(), items: [] })),
    { ...again, event_id: randomUUID(), timestamp: undefined },
    { ...click, event_id: randomUUID(), unit_id: "somebody@example.com" },
  ];
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
