/** The bus `msk`: Amazon's Kafka. It is the bus kafka with a login of its own. */
import type { AdapterBus, BusPlace } from "../../port/adapter.ts";
import type { Finding } from "../../port/finding.ts";
import type { Holder } from "../../port/holder.ts";
import { checkKafka, kafkaHolder } from "../kafka/check.ts";
import { createKafkaBus } from "../kafka/kafka.ts";
import { createServiceBus } from "../kafka/service-bus.ts";
import { kafkaOptionsOf } from "./kafka-options.ts";
import type { MskOptions } from "./settings.ts";
import { iamToken } from "./token.ts";

/** Makes the bus; nothing is connected. */
export function createMskBus(options: MskOptions, place: BusPlace): AdapterBus {
  const kafka = kafkaOptionsOf(options, () => iamToken(options));
  if (place.slot !== undefined) return createKafkaBus(kafka, place);
  return createServiceBus(kafka, place);
}

/** Asks the brokers. Rejects where they cannot be had. */
export async function checkMsk(options: MskOptions, place: BusPlace, groups: readonly string[]): Promise<Finding[]> {
  return checkKafka(
    kafkaOptionsOf(options, () => iamToken(options)),
    place,
    groups,
  );
}

/** Who published last in a relay's place. Rejects where the brokers cannot be had. */
export async function mskHolder(options: MskOptions, place: BusPlace): Promise<Holder> {
  return kafkaHolder(
    kafkaOptionsOf(options, () => iamToken(options)),
    place,
  );
}
