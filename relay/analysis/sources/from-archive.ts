import { openArchive, type OpenArchiveOptions } from "../../stores/archive/open-archive.ts";
import { JOIN_MARGIN_MS } from "./select-events.ts";
import { NOTHING_UNREADABLE, type Selection, type Source } from "./source.ts";

/** The Parquet archive as a source: only files of the hours that are asked for, and a day around them, are opened. */
export async function fromArchive(archive: OpenArchiveOptions, { from, to }: Selection): Promise<Source> {
  const opened = await openArchive({ ...archive, from: shifted(from, -JOIN_MARGIN_MS), to: shifted(to, JOIN_MARGIN_MS) });
  return {
    name: `parquet (${archive.url})`,
    connection: opened.connection,
    unreadable: NOTHING_UNREADABLE,
    deadLetters: undefined,
    close: () => opened.close(),
  };
}

function shifted(at: Date | undefined, ms: number): Date | undefined {
  return at && new Date(at.getTime() + ms);
}
