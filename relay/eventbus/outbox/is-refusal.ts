import { PublishError, ValidationError } from "../port/errors.ts";

/** Whether the bus will never take an event, so that trying again is of no use: it is invalid, too large, or refused for another reason of its own. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ValidationError || (error instanceof PublishError && error.code !== "publish_failed");
}
