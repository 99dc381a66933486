import { json } from "@sightline/worker/events";
import * as z from "zod/mini";

/** An id of the planner's own. */
export const id = z.string().check(z.minLength(1), z.maxLength(256));

/** A name of one of a few kinds. */
export const kind = z.string().check(z.minLength(1), z.maxLength(64));

/** A count of things, from 0. */
export const count = z.int().check(z.gte(0));

/** A payload that carries at least these fields; others are free. */
export const payloadOf = <Shape extends z.core.$ZodShape>(shape: Shape) => z.catchall(z.object(shape), json);
