/** Every engine that the tests know. */
import { chromiumEngine } from "./chromium.ts";
import type { Engine } from "./engine.ts";
import { firefoxEngine } from "./firefox.ts";
import { webkitEngine } from "./webkit.ts";

/** In the order of their reports. */
export const ENGINES: readonly Engine[] = [chromiumEngine, firefoxEngine, webkitEngine];
