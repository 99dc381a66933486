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

/** Makes the watch over request ids; the oldest of more than `maxRequests` are forgotten. */
export function createSharedRequests(maxRequests: number) {
  const first = new Map<string, { unit: string; surface: string | undefined }>();
  const units = new Map<string, string>();
  const surfaces = new Map<string, string>();
  return {
    add({ payload: { request_id, unit_type, unit_id, surface }, metadata: { tenant_id } }: Envelope): void {
      if (request_id === undefined) return;
      const key = JSON.stringify([tenant_id, request_id]);
      const unit = JSON.stringify([unit_type, unit_id]);
      const known = first.get(key);
      if (known === undefined) {
        first.set(key, { unit, surface });
        forgetOldest(first, maxRequests);
        return;
      }
      if (known.unit !== unit) units.set(key, request_id);
      known.surface ??= surface;
      if (surface !== undefined && known.surface !== surface) surfaces.set(key, request_id);
    },
    figures: (): SharedFigures => ({ several_units: summary(units), several_surfaces: summary(surfaces) }),
  };
}

function summary(requests: Map<string, string>): SharedRequests {
  return { requests: requests.size, examples: [...requests.values()].toSorted().slice(0, EXAMPLES) };
}
