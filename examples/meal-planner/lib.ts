import { json } from "@sightline/worker/events";
import * as z from "zod";

/** An id of the planner's own. */
export const id = z.string().min(1).max(256);

/** A name of one of a few kinds. */
export const kind = z.string().min(1).max(64);

/** A count of things, from 0. */
export const count = z.int().min(0);

/** A payload that carries at least these fields; others are free. */
export const payloadOf = <Shape extends z.core.$ZodShape>(shape: Shape) => z.object(shape).catchall(json);
