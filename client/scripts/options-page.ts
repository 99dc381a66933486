import { readFileSync } from "node:fs";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { readOptions, type OptionRow } from "./read-options.ts";

/** Whose options are listed: the heading, the source below client/src, and the interface. */
const SECTIONS = [
  ["createTracker", "options.ts", "TrackerOptions"],
  ["trackedFetch", "fetch/tracked-fetch.ts", "TrackedFetchOptions"],
  ["scrubPii", "pii/scrub-pii.ts", "ScrubOptions"],
  ["createOverlay", "debug/create-overlay.ts", "OverlayOptions"],
  ["createSender", "server/options.ts", "SenderOptions"],
] as const;

/** The text of docs/options.md, from the doc comments of the sources. */
export function optionsPage(): string {
  const sections = SECTIONS.map(([call, file, name]) => {
    const source = readFileSync(`${CLIENT_FOLDER}src/${file}`, "utf8");
    return `## ${call}\n\n${table(readOptions(source, name))}\n\nFrom [client/src/${file}](../client/src/${file}).\n`;
  });
  return `# Options\n\nWritten by \`npm run docs\` from the doc comments of the sources. How to use them: [integrate.md](integrate.md).\n\n${sections.join("\n")}`;
}

function table(rows: readonly OptionRow[]): string {
  const cells = rows.map(({ name, isRequired, type, fallback, meaning }) => {
    const marked = isRequired && !name.includes(".") ? `**\`${name}\`** (required)` : `\`${name}\``;
    return [marked, `\`${type}\``, fallback, meaning].map((cell) => cell.replaceAll("|", String.raw`\|`));
  });
  const lines = [["option", "type", "default", "meaning"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  lines.splice(
    1,
    0,
    widths.map((width) => "-".repeat(width)),
  );
  return lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`).join("\n");
}
