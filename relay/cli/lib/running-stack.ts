/** The stack that `npm start` runs: commands in the next terminal find it by DATA_DIR/stack.json. */
import { resolve } from "node:path";
import { isAlive } from "../../lib/is-alive.ts";
import { readStackFile, type StackFile } from "./stack-file.ts";

/** The folder that the environment names. */
export function stackFolder(env: NodeJS.ProcessEnv): string {
  return resolve(env["DATA_DIR"] || ".sightline");
}

/** The stack that runs on this DATA_DIR; undefined where there is none. */
export function runningStack(env: NodeJS.ProcessEnv): StackFile | undefined {
  const stack = readStackFile(stackFolder(env));
  return stack && isAlive(stack.pid) ? stack : undefined;
}

/** Settings that belong together: those of somebody's Cloudflare account are not mixed with those of the stack. */
const ACCOUNT = ["CLOUDFLARE_API_URL", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "KEYS_NAMESPACE_ID"];

/**
 * The environment with the settings of the running stack where it says nothing of its own. Whoever names a bus (EVENT_PUBLISHER) or a relay
 * (RELAY_URL) means another one, and gets nothing of the stack's; whoever names an account or a namespace of keys gets none of those.
 */
export function withRunningStack(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env["EVENT_PUBLISHER"] || env["RELAY_URL"]) return env;
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const settings = { ...runningStack(env)?.settings };
  // A token alone is what wrangler's users have in their environment, and names no account.
  const ownAccount = given["CLOUDFLARE_ACCOUNT_ID"] ?? given["KEYS_NAMESPACE_ID"];
  for (const name of ACCOUNT) {
    if (ownAccount !== undefined) delete settings[name];
    else if (settings[name] !== undefined) delete given[name];
  }
  return { ...settings, ...given };
}
