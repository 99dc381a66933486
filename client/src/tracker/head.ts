import { writeJson } from "../lib/write-json.ts";
import type { Settings } from "./read-options.ts";
import { VERSION } from "../lib/version.ts";
import type { WireCommon, WireEvent } from "../wire/index.ts";

/** What can change while a tracker lives. */
export type Common = Pick<Partial<Settings>, "unit" | "context" | "experiments">;

/**
 * The head of a batch, as JSON without braces: the SDK, the session, and what is common to its events. Each event keeps the head of the
 * moment when it was made: a login later on changes nothing about it. Without a unit events are about an anonymous device. Empty where `scrub` lets none of it
 * through: then there is nobody whom an event could be about.
 */
export function writeHead(common: Common, session: string, device: string, scrub: NonNullable<Settings["scrub"]>): string {
  const { unit: { type, id } = { type: "device", id: device }, context, experiments } = common;
  const list = experiments?.map(({ experimentId, variantId }) => ({ experiment_id: experimentId, variant_id: variantId }));
  const fields = scrub({ unit_type: type, unit_id: id, context, experiments: list } as Partial<WireEvent>);
  return fields ? writeJson({ sdk: `web/${VERSION}`, session_id: session, common: fields }).slice(1, -1) : "";
}

/** A head of the device `from` as one of the device `to`; of any other unit it stays as it is. */
export function moveToDevice(head: string, from: string, to: string): string {
  const fields = JSON.parse(`{${head}}`) as { common: WireCommon };
  if (fields.common.unit_id === from) fields.common.unit_id = to;
  return JSON.stringify(fields).slice(1, -1);
}
