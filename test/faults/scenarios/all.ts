import type { Scenario } from "../scenario.ts";
import { access } from "./access.ts";
import { brokerOutage } from "./broker-outage.ts";
import { corruptStore } from "./corrupt-store.ts";
import { diskFull } from "./disk-full.ts";
import { kills } from "./kills.ts";
import { moves } from "./moves.ts";
import { poisonEvent } from "./poison-event.ts";
import { poisonMessage } from "./poison-message.ts";
import { zombie } from "./zombie.ts";

/** Every scenario, in the order of the report. */
export const SCENARIOS: readonly Scenario[] = [
  kills("local"),
  kills("kafka"),
  zombie,
  brokerOutage,
  poisonEvent,
  poisonMessage("local"),
  poisonMessage("kafka"),
  diskFull("local"),
  diskFull("kafka"),
  corruptStore("local"),
  corruptStore("kafka"),
  moves,
  ...access,
];
