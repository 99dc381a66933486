/** A relay that is killed again and again, by a plan, and started again each time. */
import { type RelayProcess, startRelayProcess } from "../../../dev/relay-process.ts";

/** How a relay is to die: at the nth pass of a named place, or so many milliseconds after it began to listen. */
export type Death = { place: string; nth: number } | { afterMs: number };

/** The relays of a scenario, of which one is there at a time. */
export interface Relays {
  /** Address of the one that is there, or was last. */
  url(): string;
  /** Deaths by SIGKILL so far. */
  crashes(): number;
  /** SIGKILL now, whatever the plan says; resolves when it is dead. */
  kill(): Promise<void>;
  /** Starts no more, ends the one that is there, and returns its exit code. Rejects where one ended by itself. */
  stop(): Promise<number | NodeJS.Signals | undefined>;
}

/** Starts relays with the settings in `env`, one for each death of the plan, and one that is to live. */
export function superviseRelays(env: NodeJS.ProcessEnv, plan: readonly Death[] = []): Relays {
  const state = { ended: false, crashes: 0 };
  let relay: RelayProcess | undefined;
  let broken: Error | undefined;
  const supervise = async (): Promise<void> => {
    while (!state.ended) {
      const death = plan[state.crashes];
      const point = death && "place" in death ? { SIGHTLINE_FAIL_POINT: `${death.place}:${death.nth}` } : {};
      relay = await startRelayProcess({ env: { ...env, ...point }, log: "ignore" });
      const { exited, kill } = relay;
      // It was told to end while this one was starting.
      if (state.ended) kill("SIGTERM");
      const timer = death && "afterMs" in death ? setTimeout(() => kill("SIGKILL"), death.afterMs) : undefined;
      const code = await exited;
      clearTimeout(timer);
      if (code === "SIGKILL") state.crashes++;
      else if (!state.ended) throw new Error(`a relay ended by itself with ${code}`);
    }
  };
  const supervising = supervise().catch((error: Error) => void (broken = error));
  return {
    url() {
      if (broken) throw broken;
      return relay?.url ?? "http://127.0.0.1:1";
    },
    crashes: () => state.crashes,
    async kill() {
      relay?.kill("SIGKILL");
      await relay?.exited;
    },
    async stop() {
      state.ended = true;
      const code = await relay?.stop();
      await supervising;
      if (broken) throw broken;
      return code;
    },
  };
}
