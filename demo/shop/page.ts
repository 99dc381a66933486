/** Fills a page of static/: `{{name}}` becomes the value, escaped. */
import { readFileSync } from "node:fs";

/** Reads `static/<file>` and fills it. Throws where a name of the page has no value. */
export function page(file: string, values: Record<string, string>): string {
  const text = readFileSync(new URL(`static/${file}`, import.meta.url), "utf8");
  return text.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`static/${file}: no value for {{${name}}}`);
    return escape(value);
  });
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
