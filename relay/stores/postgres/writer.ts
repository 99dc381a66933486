/** Puts rows into Postgres, whatever comes in between: on a connection that is made again when it is lost, in parts where a row is refused. */
import type { Client, DatabaseError } from "pg";
import { daysWorthMaking, makeDay, readDays } from "./days.ts";
import { isRefusal } from "./is-refusal.ts";
import { type CopyFrom, type Incoming, prepareToWrite, writeRows } from "./write-rows.ts";

const LOCK_NOT_AVAILABLE = "55P03";
const UNIQUE_VIOLATION = "23505";

interface WriterOptions {
  connect: () => Promise<Client>;
  copyFrom: CopyFrom;
  group: string;
}

/** What became of rows. */
export interface Written {
  /** They were not there yet. */
  added: number;
  /** Postgres refuses them for good, and why. */
  refused: Map<Incoming, DatabaseError>;
}

/** Writes. */
export interface Writer {
  /** Resolves when all but the refused ones are there. Rejects where Postgres cannot be had now; some may be there then, and are not added again. */
  write(incoming: readonly Incoming[]): Promise<Written>;
  close(): Promise<void>;
}

/** Makes it; nothing is connected before the first write. */
export function createWriter({ connect, copyFrom, group }: WriterOptions): Writer {
  /** Nothing that came lately was there already. At first something may be: what was written, and not acknowledged before the end. */
  let isStraight = false;
  let open: { client: Client; days: Set<string> } | undefined;

  const connected = async (): Promise<{ client: Client; days: Set<string> }> => {
    if (open !== undefined) return open;
    const client = await connect();
    try {
      await prepareToWrite(client);
      return (open = { client, days: await readDays(client) });
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  };
  const close = async (): Promise<void> => {
    const client = open?.client;
    open = undefined;
    await client?.end().catch(() => {});
  };
  const makeDays = async (incoming: readonly Incoming[]): Promise<void> => {
    const { client, days } = open!;
    const counts = new Map<string, number>();
    for (const { row } of incoming) if (row.day !== undefined) counts.set(row.day, (counts.get(row.day) ?? 0) + 1);
    for (const day of days) counts.delete(day);
    for (const day of daysWorthMaking(counts, new Date().toISOString().slice(0, 10))) {
      try {
        await makeDay(client, day);
      } catch (error) {
        // Somebody's query is in the way; the default partition has its rows until upkeep makes the day.
        if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
      }
      // Asked for once, whatever came of it.
      days.add(day);
    }
  };
  const writeAll = async (some: readonly Incoming[]): Promise<number> => {
    const { client } = open!;
    if (isStraight) {
      try {
        return await writeRows(some, { client, copyFrom, group, isStraight });
      } catch (error) {
        if ((error as { code?: unknown }).code !== UNIQUE_VIOLATION) throw error;
        isStraight = false;
      }
    }
    const added = await writeRows(some, { client, copyFrom, group, isStraight });
    isStraight = added === some.length;
    return added;
  };
  /** Halves what is refused until it is a row alone. */
  const writeSome = async (some: readonly Incoming[], refused: Map<Incoming, DatabaseError>): Promise<number> => {
    try {
      return await writeAll(some);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (some.length === 1) {
        refused.set(some[0]!, error as DatabaseError);
        return 0;
      }
      const half = some.length >> 1;
      return (await writeSome(some.slice(0, half), refused)) + (await writeSome(some.slice(half), refused));
    }
  };

  return {
    async write(incoming) {
      try {
        await connected();
        await makeDays(incoming);
        const refused = new Map<Incoming, DatabaseError>();
        return { added: await writeSome(incoming, refused), refused };
      } catch (error) {
        // Whether the connection is still one is not worth finding out.
        await close();
        throw error;
      }
    },
    close,
  };
}
