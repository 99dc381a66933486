/** Part of `npm run docs`: writes docs/settings.md and docs/buses.md. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { busesPage } from "./buses-page.ts";
import { settingsPage } from "./settings-page.ts";

const DOCS = new URL("../../docs/", import.meta.url);
for (const [name, text] of [["settings.md", settingsPage()] as const, ["buses.md", busesPage()] as const]) {
  writeFileSync(fileURLToPath(new URL(name, DOCS)), text);
}
console.log("docs/settings.md and docs/buses.md are written.");
