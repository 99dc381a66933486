/** What a request came to, in Workers Analytics Engine: by tenant, type of event and code. */

/** A dataset, as far as it is used. https://developers.cloudflare.com/analytics/analytics-engine/ */
export interface Dataset {
  writeDataPoint(point: { indexes: string[]; blobs: string[]; doubles: number[] }): void;
}
