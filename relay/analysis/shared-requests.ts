/** Requests under more than one unit, or on more than one surface: one id that many visitors share, as a page does that was cached for all. */
import type { Envelope } from "@sightline/worker/envelope";
import { forgetOldest } from "./forget-oldest.ts";

/** Requests that more than one unit, or surface, has: how many, and the first of them by name. */
export interface SharedRequests {
  requests: number;
  /** request_ids, at most five. */
  examples: string[];
}

/** What is shared. */
export interface SharedFigures {
  /** Requests whose events name more than one unit. */
  several_units: SharedRequests;
  /** Requests whose events name more than one surface. */
  several_surfaces: SharedRequests;
}

const EXAMPLES = 5;

interface Known {
  unit: string;
  surfaces: Set<string>;
}

/** Makes the watch over request ids; the oldest of more than `maxRequests` are forgotten. */
export function createSharedRequests(maxRequests: number) {
  const requests = new Map<string, Known>();
  const units = new Map<string, Shared>();
  const surfaces = new Map<string, Shared>();
  return {
    add({ payload: { request_id, unit_type, unit_id, surface }, metadata: { tenant_id } }: Envelope): void {
      if (request_id === undefined) return;
      const key = JSON.stringify([tenant_id, request_id]);
      const unit = JSON.stringify([unit_type, unit_id]);
      const known = requests.get(key) ?? { unit, surfaces: new Set<string>() };
      if (!requests.has(key)) requests.set(key, known);
      forgetOldest(requests, maxRequests);
      if (surface !== undefined) known.surfaces.add(surface);
      const shared = { request_id, surfaces: known.surfaces };
      if (known.unit !== unit) units.set(key, shared);
      if (known.surfaces.size > 1) surfaces.set(key, shared);
      for (const found of [units, surfaces]) forgetOldest(found, maxRequests);
    },
    /** Of all surfaces, or of the requests that one of them has. */
    figures: (surface?: string): SharedFigures => ({
      several_units: summary(units, surface),
      several_surfaces: summary(surfaces, surface),
    }),
  };
}

interface Shared {
  request_id: string;
  surfaces: ReadonlySet<string>;
}

function summary(requests: ReadonlyMap<string, Shared>, surface: string | undefined): SharedRequests {
  const found = [...requests.values()].filter(({ surfaces }) => surface === undefined || surfaces.has(surface));
  const names = found.map(({ request_id }) => request_id).toSorted();
  return { requests: found.length, examples: names.slice(0, EXAMPLES) };
}
