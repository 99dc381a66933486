/** `npm run docs`: writes docs/options.md. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { optionsPage } from "./options-page.ts";

const PAGE = fileURLToPath(new URL("../../docs/options.md", import.meta.url));

writeFileSync(PAGE, optionsPage());
console.log("docs/options.md is written.");
