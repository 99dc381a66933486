import { readFileSync } from "node:fs";
import { CLIENT_FOLDER } from "./client-folder.ts";
import { readOptions, type OptionRow } from "./read-options.ts";

/** By call its options: the interface, and the sources below client/src that declare it and its groups. */
const SECTIONS = {
  createTracker: ["TrackerOptions", "tracker/options.ts", "exposure/viewability.ts", "delivery/queue-bounds.ts"],
  trackedFetch: ["TrackedFetchOptions", "fetch/tracked-fetch.ts"],
  scrubPii: ["ScrubOptions", "pii/scrub-pii.ts"],
  createOverlay: ["OverlayOptions", "debug/create-overlay.ts"],
  createSender: ["SenderOptions", "server/options.ts"],
} as const;

type Call = keyof typeof SECTIONS;

/** The text of docs/options.md, from the doc comments of the sources. */
export function optionsPage(): string {
  const sections = (Object.keys(SECTIONS) as Call[]).map((call) => {
    const [, ...files] = SECTIONS[call];
    const links = files.map((file) => `[client/src/${file}](../client/src/${file})`);
    return `## ${call}\n\n${table(optionRows(call))}\n\nFrom ${links.join(", ")}.\n`;
  });
  return `# Options\n\nWritten by \`npm run docs\` from the doc comments of the sources. How to use them: [integrate.md](integrate.md).\n\n${sections.join("\n")}`;
}

/** What a call takes. */
export function optionRows(call: Call): OptionRow[] {
  const [name, ...files] = SECTIONS[call];
  return readOptions(files.map((file) => readFileSync(`${CLIENT_FOLDER}src/${file}`, "utf8")).join("\n"), name);
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
