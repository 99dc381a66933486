import { fileURLToPath } from "node:url";

/** Where the package's sources are, with a slash at the end. */
export const CLIENT_FOLDER = fileURLToPath(new URL("../", import.meta.url));
