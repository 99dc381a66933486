import { crashSuite } from "./crash-suite.ts";

crashSuite("the local bus", ["after_claim", "after_publish", "after_settle"], () => ({ EVENT_PUBLISHER: "local" }));
