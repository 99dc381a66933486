/**
 * Who published last in a relay's place, as a bus with transactions remembers it beside the batch's number: so a relay finds out that another one
 * has its place, and `sightline doctor` who that is.
 */
import { hostname } from "node:os";
import { resolve } from "node:path";
import { StateError } from "../../lib/database.ts";

/** The last batch of a place, and who published it. */
export interface Holder {
  /** Its number; 0: nobody has published there. */
  batch: number;
  /** Names its claim, as the store made it; empty: of a version that wrote none. */
  receipt: string;
  /** The machine, the folder of its state there, and when, ISO 8601 UTC; empty where none is told. */
  host: string;
  folder: string;
  at: string;
}

/** Longest name of a host or a folder that is kept: a broker takes 4,096 bytes in all (`offset.metadata.max.bytes`). */
const MOST_CHARACTERS = 300;

/** What is kept beside a batch's number. */
export function writeNote(receipt: string | undefined, dataDir: string): string {
  const [host, folder] = [hostname(), resolve(dataDir)].map((text) => text.slice(-MOST_CHARACTERS));
  return JSON.stringify({ receipt: receipt ?? "", host, folder, at: new Date().toISOString() });
}

/** The holder by a number and what was kept beside it. */
export function readHolder(batch: number, note: string | null | undefined): Holder {
  let said: Partial<Record<keyof Holder, unknown>> | null = null;
  try {
    said = JSON.parse(note || "null") as typeof said;
  } catch {
    // Of another program: then nobody is known.
  }
  const text = (of: "receipt" | "host" | "folder" | "at"): string => (typeof said?.[of] === "string" ? said[of] : "");
  return { batch, receipt: text("receipt"), host: text("host"), folder: text("folder"), at: text("at") };
}

/** The holder in words: which machine, which folder, since when. */
export function holderText({ batch, host, folder, at }: Holder): string {
  return host === "" ? `batch ${batch}` : `batch ${batch}, by the relay with DATA_DIR ${folder} on ${host}, at ${at}`;
}

/** Knows which batches of a place are this relay's own. */
export interface PlaceWatch {
  /** A batch is given to the bus: from now on it may be the one that the bus remembers. */
  given(batch: { number: number; receipt?: string }): void;
  /** The bus has the batch that it was given. */
  confirmed(): void;
  /** Throws a StateError once the place is known to be somebody else's: who would fence it then would stop the other one again and again. */
  isHeld(): void;
  /**
   * What the bus remembers after a fence: the first time whatever it is, later this relay's own. Throws a StateError where it is somebody else's: two relays
   * have one place, and each would take batches of the other's for its own.
   */
  found(holder: Holder): Holder;
}

/** Makes a watch. */
export function createPlaceWatch(): PlaceWatch {
  let [last, pending]: (string | undefined)[] = [];
  let lost: StateError | undefined;
  return {
    given({ number, receipt }) {
      pending = nameOf(number, receipt);
    },
    confirmed() {
      last = pending;
    },
    isHeld() {
      if (lost) throw lost;
    },
    found(holder) {
      const name = nameOf(holder.batch, holder.receipt);
      if (last !== undefined && name !== last && name !== pending) throw (lost = takenBy(holder));
      last = name;
      return holder;
    },
  };
}

function nameOf(number: number, receipt = ""): string {
  return `${number} ${receipt}`;
}

/** That another relay has the place. */
export function takenBy(holder: Holder): StateError {
  return new StateError(
    `another relay has its place: the bus remembers ${holderText(holder)}; each relay needs a RELAY_SLOT of its own. ` +
      "One that was moved must not run where it was; a DATA_DIR that is an older copy is rebuilt by `sightline dedup rebuild`",
  );
}
