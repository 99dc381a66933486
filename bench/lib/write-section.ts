import { readFile, writeFile } from "node:fs/promises";

/** Puts a section into a Markdown file in the place of the one with the same heading, else at its end; the others stay. */
export async function writeSection(file: URL, heading: string, text: string): Promise<void> {
  const [preface = "", ...sections] = (await readFile(file, "utf8")).split(/^(?=## )/m);
  const section = `## ${heading}\n\n${text}\n`;
  const at = sections.findIndex((other) => other.startsWith(`## ${heading}\n`));
  sections.splice(at === -1 ? sections.length : at, 1, section);
  await writeFile(file, [preface, ...sections].map((part) => `${part.trim()}\n`).join("\n"));
}
