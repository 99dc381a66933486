import type { IcebergPlace } from "../../stores/iceberg/find-table.ts";
import { openIceberg } from "../../stores/iceberg/open-iceberg.ts";
import { NOTHING_UNREADABLE, type Source } from "./source.ts";

/** The current snapshot of an Iceberg table of events as a source, with refused events and client reports where its namespace has them. */
export async function fromIceberg(place: IcebergPlace): Promise<Source> {
  const { connection, folder, location, close } = await openIceberg(place);
  return {
    name: `iceberg (${location})`,
    connection,
    folder,
    unreadable: NOTHING_UNREADABLE,
    deadLetters: undefined,
    close,
  };
}
