import { firefoxEngine } from "../../services/engines/firefox.ts";
import { engineSuite } from "./suite.ts";

await engineSuite(firefoxEngine);
