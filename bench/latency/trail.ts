/** Where each event was when: what the taps along the way note, by the event's id. */

/** Points of the way, in their order. */
const POINTS = ["tracked", "posted", "enqueued", "delivered", "appended", "consumed"] as const;
type Point = (typeof POINTS)[number];

/** Milliseconds since 1970 at which an event passed each point for the first time. */
export type Moments = Record<Point, number>;

/** What lies between two points. */
export const STAGES = ["SDK", "collector", "queue", "relay", "Kafka"] as const;

/** Notes of the whole way. */
export interface Trail {
  /** Events passed a point; only their first time counts, but for `consumed`, which is to come once. */
  note(point: Point, ids: readonly string[], at: number): void;
  /** Events that were tracked and not consumed. */
  missing(): string[];
  /** What speaks against "each event exactly once": events that are missing, that came more often, or that nobody tracked. */
  faults(): string[];
  /** Of each of these events its moments. Throws where one did not pass a point. */
  moments(ids: readonly string[]): Moments[];
}

/** Makes one, empty. */
export function createTrail(): Trail {
  const passed = new Map(POINTS.map((point) => [point, new Map<string, number>()]));
  const copies: string[] = [];
  const at = (point: Point): Map<string, number> => passed.get(point)!;
  const missing = (): string[] => [...at("tracked").keys()].filter((id) => !at("consumed").has(id));
  return {
    note(point, ids, moment) {
      for (const id of ids) {
        if (!at(point).has(id)) at(point).set(id, moment);
        else if (point === "consumed") copies.push(id);
      }
    },
    missing,
    faults() {
      const strangers = [...at("consumed").keys()].filter((id) => !at("tracked").has(id));
      return [
        ...told("did not come", missing()),
        ...told("came more than once", copies),
        ...told("came and were never tracked", strangers),
      ];
    },
    moments: (ids) =>
      ids.map((id) => {
        const entries = POINTS.map((point) => {
          const moment = at(point).get(id);
          if (moment === undefined) throw new Error(`expected ${id} to be ${point}, and it was not`);
          return [point, moment] as const;
        });
        return Object.fromEntries(entries) as Moments;
      }),
  };
}

/** How long an event was in each stage, and in all of them together, milliseconds. */
export function stageTimes(moments: Moments): number[] {
  const [first, ...later] = POINTS.map((point) => moments[point]);
  const stages = later.map((moment, nth) => moment - moments[POINTS[nth]!]);
  return [...stages, moments.consumed - first!];
}

const told = (what: string, ids: readonly string[]): string[] =>
  ids.length === 0 ? [] : [`${ids.length} events ${what}: ${ids.slice(0, 3).join(", ")}`];
