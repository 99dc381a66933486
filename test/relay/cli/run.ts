/** Runs the command line in this process: what is tested is the command, and not the process around it. */
import { Readable, Writable } from "node:stream";
import { run } from "../../../relay/cli/run.ts";

/** What a command came to. */
export interface Ran {
  code: number;
  out: string;
  err: string;
}

/** A command that runs. */
export interface Running {
  /** What it has printed so far. */
  out: () => string;
  /** Tells it to end, as Ctrl-C does. */
  stop: () => void;
  /** Resolves with its exit code, and all that it printed. */
  ended: Promise<Ran>;
}

/** Runs a command to its end, with this environment alone. */
export function sightline(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return startSightline(args, env).ended;
}

/** Starts a command that does not end by itself. */
export function startSightline(args: string[], env: NodeJS.ProcessEnv): Running {
  const [stdout, stderr, stopping] = [collect(), collect(), new AbortController()];
  const stdin = Readable.from([]);
  const io = { stdin, stdout: stdout.stream, stderr: stderr.stream, stopSignal: () => stopping.signal };
  const ended = run(args, env, io).then((code) => ({ code, out: stdout.text(), err: stderr.text() }));
  return { out: stdout.text, stop: () => stopping.abort(), ended };
}

/** A stream that is no terminal, and what was written to it. */
function collect(): { stream: Writable; text: () => string } {
  let text = "";
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return { stream, text: () => text };
}
