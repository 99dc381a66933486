import type { Bench } from "../lib/bench.ts";
import { measurePostgres } from "./measure-postgres.ts";

/** Events of the bus into the stores. */
export const benchStore: Bench = { title: "Stores", names: ["postgres"], rounds: 1, run: measurePostgres };
