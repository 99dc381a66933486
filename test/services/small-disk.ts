/** A small file system of its own, to be filled up. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Bytes that are written at a time until there is no room for so many. */
const STEPS = [65_536, 4_096, 1];

/** A disk. */
export interface SmallDisk {
  folder: string;
  /** Fills it to the last page. */
  fill(): Promise<void>;
  /** Gives back what `fill` took. */
  free(): Promise<void>;
  unmount(): Promise<void>;
}

/** Mounts a disk of so many bytes, in memory. Rejects with an Error that says what is missing where that is not permitted. */
export async function mountSmallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), "sightline-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${bytes},mode=0700`, "sightline-test", folder]);
  } catch (cause) {
    await rm(folder, { recursive: true });
    throw new Error(`no file system can be mounted here: ${(cause as Error).message.trim()}`, { cause });
  }
  const ballast = join(folder, "ballast");
  return {
    folder,
    async fill() {
      for (const step of STEPS) while (await fits(ballast, step));
    },
    free: () => rm(ballast, { force: true }),
    async unmount() {
      await run("umount", [folder]);
      await rm(folder, { recursive: true });
    },
  };
}

/** Why {@link mountSmallDisk} cannot be used here; empty where it can. */
export async function noSmallDisk(): Promise<string> {
  try {
    await (await mountSmallDisk(65_536)).unmount();
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

async function fits(file: string, bytes: number): Promise<boolean> {
  try {
    await writeFile(file, Buffer.alloc(bytes, 1), { flag: "a" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}
