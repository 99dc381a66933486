import { nanoid } from "nanoid";
import { hash } from "../lib/hash.ts";
import { drop, load, save } from "../lib/local.ts";
import { utf8Length } from "../lib/utf8-length.ts";
import { writeHead, type Common } from "./head.ts";
import type { Settings } from "./read-options.ts";

/** The head of the batches that events of this moment belong to. */
export interface Head {
  text: string;
  /** In UTF-8. */
  bytes: number;
}

/** Whom and what circumstances events are about: a unit, or this device, and what is common to them. The device's id is kept under a key of localStorage. */
export function createSubject(settings: Settings, session: string, key: string, mayStore: () => boolean) {
  const { scrub = (event) => event } = settings;
  let common: Common = settings;
  let device = nanoid();
  let head: Head | undefined;

  return {
    /** From now on events are made with other common fields. Without a unit they are about the device, whose id is kept. */
    change(to?: Common): void {
      common = { ...common, ...to };
      head = undefined;
      if (mayStore() && !common.unit) save(key, (device = load(key) ?? device));
    },
    /** Another person may sit down, or may not be known any more: this is another device. */
    forgetDevice(): void {
      device = nanoid();
      drop(key);
    },
    device: (): string => device,
    /** Stands for whom attribution belongs to, without naming the unit in storage: 0 for the device. */
    owner: (): number => (common.unit ? hash(JSON.stringify(common.unit)) : 0),
    /** Throws where JSON cannot carry what is common. */
    head(): Head {
      if (!head?.text) {
        const text = writeHead(common, session, device, scrub);
        head = { text, bytes: utf8Length(text) };
      }
      return head;
    },
  };
}

/** Whom and what circumstances events are about. */
export type Subject = ReturnType<typeof createSubject>;
