import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startRelayProcess } from "../../dev/relay-process.ts";
import { isAlive } from "../../relay/lib/is-alive.ts";
import { deliver, envelope, message, pack } from "./queue.ts";
import { untilReady, untilUnready } from "../services/until-ready.ts";

const RELAY_TOKEN = "a-token-for-the-tests";
const MODULE = fileURLToPath(new URL("../../dev/relay-process.ts", import.meta.url));

describe("the relay's process", () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "sightline-process-"));
    env = { RELAY_TOKEN, RELAY_PORT: "0", DATA_DIR: folder, LOG_LEVEL: "silent" };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("told to stop, it answers what it has taken and ends with 0", async () => {
    const relay = await startRelayProcess({ env, log: "ignore" });
    await untilReady(relay.url);
    const answers = Array.from({ length: 20 }, (_, i) =>
      deliver(relay.url, RELAY_TOKEN, [message(`m${i}`, pack([envelope({ id: `stop-${i}-event` })]))]).then(
        ({ status }) => status,
      ),
    );
    // Awaited from now on: connections that are cut while it ends are no unhandled rejections.
    const settling = Promise.allSettled(answers);
    await answers[0];
    expect(await relay.stop()).toBe(0);
    const settled = await settling;
    const statuses = settled.map((answer) => (answer.status === "fulfilled" ? answer.value : 0));
    expect(statuses[0]).toBe(200);
    expect(statuses.filter((status) => ![200, 503, 0].includes(status))).toEqual([]);
  });

  test("a port that is taken is a clear error", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const RELAY_PORT = String((other.address() as { port: number }).port);
    await expect(startRelayProcess({ env: { ...env, RELAY_PORT }, log: "ignore" })).rejects.toThrow(`127.0.0.1:${RELAY_PORT}`);
    other.close();
  });

  test("one whose store was lost takes nothing, and says how to rebuild it from the bus", async () => {
    const first = await startRelayProcess({ env, log: "ignore" });
    await untilReady(first.url);
    const messages = [message("m1", pack([envelope({ id: "lost-1-event" })]))];
    expect((await deliver(first.url, RELAY_TOKEN, messages)).status).toBe(200);
    await first.stop();
    for (const name of ["relay.db", "relay.db-wal", "relay.db-shm", "keys"])
      rmSync(join(folder, name), { recursive: true, force: true });
    const second = await startRelayProcess({ env, log: "ignore" });
    await untilUnready(second.url, "sightline dedup rebuild");
    expect((await deliver(second.url, RELAY_TOKEN, messages)).status).toBe(503);
    expect(await second.stop()).toBe(0);
  });

  test("a second one on the same folder is refused", async () => {
    const relay = await startRelayProcess({ env, log: "ignore" });
    await expect(startRelayProcess({ env, log: "ignore" })).rejects.toThrow(/in use by another relay/);
    await relay.stop();
  });

  test("it ends when the process that started it is gone", async () => {
    const script = `import { startRelayProcess } from ${JSON.stringify(MODULE)};
      const { pid } = await startRelayProcess({ env: ${JSON.stringify(env)}, log: "ignore" });
      console.log(pid);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
  });
});
