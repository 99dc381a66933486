import process from "node:process";

/** Resolves at the first signal, or when the process that started this one is gone. */
export async function toldToStop(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
    process.once("disconnect", () => resolve());
  });
}
