/** What a join is counted in; docs/events.md has the definitions. */
import type { SharedFigures } from "./shared-requests.ts";

/** Exposures and clicks at one position. */
export interface PositionFigures {
  exposures: number;
  /** Joined clicks of what was exposed at this position. */
  clicks: number;
  /** Of these, clicks on what was clicked before: with them a rate may be over 100 %. */
  repeated_clicks: number;
  /** clicks / exposures. */
  ctr: number;
}

/** What services answered, where they log it. */
export interface DecisionFigures {
  /** Requests with a decision: distinct (tenant, surface, unit, request). */
  requests: number;
  /** Decided items: distinct (tenant, surface, unit, request, item). */
  items: number;
  /** Of these, the exposed ones. */
  seen: number;
}

/** What the joiner has counted. */
export interface JoinFigures extends SharedFigures {
  decisions: DecisionFigures;
  /** Distinct (tenant, surface, unit, request, item, placement). */
  exposures: number;
  /** Distinct outcome events by type, for example `{click: 69}`; own types that name a request and an item among them. */
  outcomes: Record<string, number>;
  /** Outcomes whose item was exposed to their unit under their request. */
  joined: number;
  /** Outcomes that are not joined, with or without a request_id. */
  orphans: number;
  /** Orphans whose item was exposed under their request, to another unit. */
  orphans_of_other_units: number;
  /** By the position of the exposure, from 1 upwards; the lowest where its events disagree. */
  by_position: Record<string, PositionFigures>;
}
