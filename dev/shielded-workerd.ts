/**
 * Keeps Ctrl-C away from workerd and from miniflare.
 *
 * A terminal sends SIGINT to every process of the foreground group, so to workerd too, which dies of it; miniflare starts it again, but
 * what the queue's emulator held is gone. And miniflare ends our process on SIGINT, SIGTERM and SIGHUP by listeners of its own. Here
 * workerd is started by a shell that ignores SIGINT and SIGHUP (an ignored signal stays ignored over exec), and those listeners are
 * taken off again. Miniflare's listener for the process's exit stays: it ends workerd. Where our process is killed there is no exit to
 * listen to: on Linux the kernel ends workerd then (setpriv), elsewhere it stays behind.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const COMMAND = "MINIFLARE_WORKERD_PATH";

/** Something that spawns workerd while it is made, and until its `ready`. */
interface Starting {
  ready: Promise<unknown>;
}

/** Runs `make`, waits until what it made is ready, and returns it. */
export async function shieldedWorkerd<T extends Starting>(make: () => T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "sightline-workerd-"));
  const script = join(folder, "workerd.sh");
  const own = process.env[COMMAND];
  const { default: workerd } = createRequire(import.meta.resolve("miniflare"))("workerd") as { default: string };
  writeFileSync(script, shield(own ?? workerd), { mode: 0o755 });
  process.env[COMMAND] = script;
  try {
    const made = withoutSignalListeners(make);
    await made.ready;
    return made;
  } finally {
    if (own === undefined) delete process.env[COMMAND];
    else process.env[COMMAND] = own;
    rmSync(folder, { recursive: true });
  }
}

function shield(command: string): string {
  return `#!/bin/sh
trap '' INT HUP
setpriv --pdeathsig KILL true 2>/dev/null && exec setpriv --pdeathsig KILL '${command}' "$@"
exec '${command}' "$@"
`;
}

function withoutSignalListeners<T>(make: () => T): T {
  const before = SIGNALS.map((signal) => new Set(process.listeners(signal)));
  const made = make();
  for (const [i, signal] of SIGNALS.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[i]?.has(listener)) process.removeListener(signal, listener);
    }
  }
  return made;
}
