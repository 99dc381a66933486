import { webkitEngine } from "../../services/engines/webkit.ts";
import { engineSuite } from "./suite.ts";

await engineSuite(webkitEngine);
