/**
 * AWS's services as moto emulates them (https://docs.getmoto.org): their own way of calling, in memory, on a free port. An emulator, not the
 * real thing; docs/kinesis.md and docs/clouds.md say what it does not show. Its Python packages are installed once a version, into a cache outside the repo.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { say } from "./machine.ts";
import { pythonWith } from "./python-packages.ts";
import { end } from "./spawn-tied.ts";

/** The newest release of moto that the tests were run with. */
const MOTO_VERSION = "5.2.5";
/** What `moto[server]` needs for Kinesis, DynamoDB, EventBridge and SQS; the whole of it is three times as large. */
const PACKAGES = [`moto==${MOTO_VERSION}`, "flask", "flask-cors", "jsonpath_ng", "py-partiql-parser==0.6.3"];
/** Told in the name of the folder, so that what was installed for fewer services is not taken. */
const SERVICES = "kinesis-dynamodb-events-sqs";

/** A running emulator. */
export interface Moto {
  /** Address, for KINESIS_ENDPOINT and its like. */
  url: string;
  /** Ends it; its data is gone. */
  stop(): Promise<void>;
}

/** What the run has: the emulator, or the reason why there is none. */
export type MotoService = { url: string } | { missing: string };

/** Starts one; a reason where it cannot be had, and an error then with SIGHTLINE_REQUIRE_SERVICES=1. */
export async function obtainMoto(): Promise<MotoService & { stop?: () => Promise<void> }> {
  try {
    return await startMoto();
  } catch (error) {
    const missing = `moto cannot be had here: ${(error as Error).message.split("\n", 1)[0]}`;
    if (process.env["SIGHTLINE_REQUIRE_SERVICES"] === "1") throw new Error(missing, { cause: error });
    say(missing);
    return { missing };
  }
}

/** The server, which ends when whoever started it is gone. */
const PROGRAM = `
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main()`;

async function startMoto(): Promise<Moto> {
  const python = await pythonWith(`moto-${MOTO_VERSION}-${SERVICES}`, PACKAGES);
  const options = ["-c", PROGRAM, "-H", "127.0.0.1", "-p", String(await freePort())];
  const server = spawn(python, options, { stdio: ["pipe", "ignore", "pipe"] });
  const url = await serving(server);
  return {
    url,
    stop: () => end(server, "SIGKILL"),
  };
}

/** Resolves with its address, at its own word that it runs. */
async function serving(server: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    // Read to its end: a server whose pipe is full stands still.
    createInterface({ input: server.stderr! }).on("line", (line) => {
      if (said.length < 50) said.push(line);
      const url = /Running on (http:\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`moto ended with ${code} before it served: ${said.join(" ")}`)));
  });
}
