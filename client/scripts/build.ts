/** `npm run build`: writes client/dist, which is what `npm publish ./client/dist` publishes. */
import { join } from "node:path";
import { buildPackage } from "./build-package.ts";
import { CLIENT_FOLDER } from "./client-folder.ts";

try {
  await buildPackage(join(CLIENT_FOLDER, "dist"));
  // Without ./ npm takes the folder for a repository on GitHub, of the user `client`.
  console.log("client/dist is built. `npm publish ./client/dist` publishes it.");
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
