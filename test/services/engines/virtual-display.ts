/** A display that nobody sees, for browsers that want one. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { end, spawnTied } from "../spawn-tied.ts";

/** A running display. */
export interface VirtualDisplay {
  /** For the environment variable DISPLAY. */
  name: string;
  close(): Promise<void>;
}

/** Starts Xvfb on the first display that is free; this machine alone can reach it. */
export async function startDisplay(): Promise<VirtualDisplay> {
  // It says the display's number on the file descriptor 3, once it listens.
  const args = ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"];
  const child = spawnTied("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const number = Promise.race([
    once(child.stdio[3] as Readable, "data"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`Xvfb ended with ${code} before it listened`))),
  ]);
  return { name: `:${String((await number)[0]).trim()}`, close: () => end(child, "SIGTERM") };
}
