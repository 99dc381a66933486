import { until } from "./until.ts";

/** Waits until the relay says that it does not take, for a reason that has these words, and returns it. */
export async function refusedBecause(url: () => string, signal: AbortSignal, words = ""): Promise<string> {
  let reason = "";
  const refuses = async (): Promise<boolean> => {
    const answer = await fetch(`${url()}/readyz`).catch(() => undefined);
    reason = (await answer?.text())?.trim() ?? "";
    return answer?.status === 503 && reason.includes(words);
  };
  await until("a relay that does not take", refuses, signal);
  return reason;
}
