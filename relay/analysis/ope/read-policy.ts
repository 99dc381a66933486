/** A policy as a file: the probability of each item at each position. */
import { z } from "zod";
import { parseCsv } from "./parse-csv.ts";
import { expectedBy } from "../../lib/settings.ts";

/** The probability that the policy chooses an item for a position. */
export interface Policy {
  /** Undefined where the policy says nothing of the position. */
  probability(item_id: string, position: number): number | undefined;
}

/** So far the probabilities of a position may add up to other than 1. */
const TOLERANCE = 1e-6;
const HEADER = ["item_id", "position", "probability"];

const row = z.strictObject({
  item_id: z.string().min(1),
  position: z.int().min(1),
  probability: z.number().min(0).max(1),
});

/**
 * Reads one: JSON lines, or CSV with a header, of `item_id`, `position` (from 1) and `probability`. For each position the probabilities add up to
 * 1; an item that is not listed has 0. Throws an Error that says what was expected, and in which line.
 */
export function readPolicy(text: string): Policy {
  const positions = new Map<number, Map<string, number>>();
  for (const { line, value } of text.trimStart().startsWith("{") ? jsonLines(text) : csvRows(text)) {
    const parsed = row.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new Error(`line ${line}: ${[...issue!.path, ""].join(".").slice(0, -1) || "row"}: ${expectedBy(issue!)}`);
    }
    const { item_id, position, probability } = parsed.data;
    const items = positions.get(position) ?? new Map<string, number>();
    positions.set(position, items);
    if (items.has(item_id)) throw new Error(`line ${line}: expected each item once at a position, got ${item_id} again`);
    items.set(item_id, probability);
  }
  if (positions.size === 0) throw new Error("expected rows of item_id, position and probability, got none");
  for (const [position, items] of positions) {
    const sum = [...items.values()].reduce((total, one) => total + one, 0);
    if (Math.abs(sum - 1) > TOLERANCE)
      throw new Error(`position ${position}: expected probabilities that add up to 1, got ${sum}`);
  }
  return {
    probability(item_id, position) {
      const items = positions.get(position);
      return items && (items.get(item_id) ?? 0);
    },
  };
}

/** The policy that chooses each of the items with the same probability, at every position. */
export function uniformPolicy(items: number): Policy {
  return { probability: () => 1 / items };
}

interface Line {
  line: number;
  value: unknown;
}

function jsonLines(text: string): Line[] {
  return text.split("\n").flatMap((json, n) => {
    if (json.trim() === "") return [];
    try {
      return [{ line: n + 1, value: JSON.parse(json) as unknown }];
    } catch (error) {
      throw new Error(`line ${n + 1}: expected a line of JSON`, { cause: error });
    }
  });
}

function csvRows(text: string): Line[] {
  const [header, ...rows] = parseCsv(text);
  const places = HEADER.map((name) => header?.cells.indexOf(name) ?? -1);
  if (places.includes(-1)) throw new Error(`line 1: expected a header with ${HEADER.join(", ")}, or lines of JSON`);
  return rows.map(({ line, cells }) => {
    const [item_id, position, probability] = places.map((place) => cells[place] ?? "");
    return { line, value: { item_id, position: numberOf(position!), probability: numberOf(probability!) } };
  });
}

/** A blank is no 0. */
function numberOf(cell: string): number {
  return cell.trim() === "" ? Number.NaN : Number(cell);
}
