/**
 * The head of a batch: the SDK, the session, and what is common to its events. Each event keeps the head of the moment when it was made:
 * a login later on changes nothing about it.
 */
import { nanoid } from "nanoid";
import { drop, load, save } from "./lib/local.ts";
import type { Settings } from "./options.ts";
import { VERSION } from "./version.ts";
import type { WireEvent } from "./wire.ts";

/** What can change while a tracker lives. */
export type Common = Pick<Partial<Settings>, "unit" | "context" | "experiments">;

/** Heads of one session. Without a unit they are about an anonymous device, whose id is kept under `deviceKey` of localStorage. */
export function createHead(settings: Settings, session: string, deviceKey: string, scrub: NonNullable<Settings["scrub"]>) {
  let common: Common = settings;
  let device = nanoid();
  let opened = false;
  let text = "";

  function write(): string {
    if (opened && !common.unit) {
      device = load(deviceKey) ?? device;
      save(deviceKey, device);
    }
    const { unit: { type, id } = { type: "device", id: device }, context, experiments } = common;
    const list = experiments?.map(({ experimentId, variantId }) => ({ experiment_id: experimentId, variant_id: variantId }));
    const fields = scrub({ unit_type: type, unit_id: id, context, experiments: list } as Partial<WireEvent>);
    return JSON.stringify({ sdk: `web/${VERSION}`, session_id: session, common: fields ?? {} }).slice(1, -1);
  }

  return {
    text: (): string => (text ||= write()),
    /** From now on. */
    change(change: Common): void {
      common = { ...common, ...change };
      text = "";
    },
    /** Storage may be used, or may not any more. Answers the device ids before and after. */
    open(may: boolean): [before: string, after: string] {
      const before = device;
      opened = may;
      text = "";
      if (may) write();
      else {
        device = nanoid();
        drop(deviceKey);
      }
      return [before, device];
    },
  };
}
