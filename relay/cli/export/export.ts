import type { Group } from "../lib/command.ts";
import { ope } from "./ope.ts";

/** `sightline export …`: what others evaluate. */
export const exporting: Group = { commands: { ope } };
