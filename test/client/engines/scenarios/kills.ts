/** Browsers that are killed, and started again on what they left. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KEEPS } from "../first-versions.ts";
import type { Finding, Scenario } from "../scenario.ts";
import { make, type Scene } from "../scene.ts";
import { NEXT_VISIT_MS } from "./leaving.ts";

/** Events made offline so long before the kill, and the next visit. */
async function killAfter(scene: Scene, expected: number, ms: number): Promise<Finding> {
  const userDataDir = await mkdtemp(join(tmpdir(), "sightline-user-"));
  const first = await scene.engine.launch({ userDataDir });
  try {
    const tab = await scene.open({ browser: first });
    // A page that has been there for a while: its database is open.
    await tab.evaluate(() => tracker.flush());
    await scene.front.cutOff();
    await make(tab, expected);
    await sleep(ms);
  } finally {
    await first.kill();
    await first.close();
  }
  await scene.front.resume();
  const second = await scene.engine.launch({ userDataDir });
  try {
    await scene.open({ browser: second, surface: "engines.next" });
    return await scene.delivery({ expected, withinMs: NEXT_VISIT_MS });
  } finally {
    await second.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

export const KILLS: readonly Scenario[] = [
  {
    name: "kill-soon",
    promise: "37 outcomes made offline 100 ms before the browser is killed are delivered within 15 s of the next visit",
    first: KEEPS,
    needs: ["user data"],
    run: (scene) => killAfter(scene, 37, 100),
  },
  {
    name: "kill-late",
    promise: "50 outcomes that could not be sent before the browser is killed are delivered within 15 s of the next visit",
    first: KEEPS,
    needs: ["user data"],
    run: (scene) => killAfter(scene, 50, scene.size.lateMs),
  },
];
