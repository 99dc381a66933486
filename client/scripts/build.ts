/** `npm run build`: writes client/dist, which is what `npm publish client/dist` publishes. */
import { join } from "node:path";
import { buildPackage } from "./build-package.ts";
import { CLIENT_FOLDER } from "./client-folder.ts";

await buildPackage(join(CLIENT_FOLDER, "dist"));
console.log("client/dist is built. `npm publish client/dist` publishes it.");
