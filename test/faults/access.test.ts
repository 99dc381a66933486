import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type SecureKafka, startSecureKafka } from "../services/kafka-secure.ts";
import { SHORT } from "./scenario.ts";
import { runAccess } from "./scenarios/access.ts";
import { FAULTS } from "./stage/access-faults.ts";

const service = inject("kafka");
const faults = ["session-5", "token-expired", "password-changed", "quota"].map((name) =>
  FAULTS.find((fault) => fault.name === name)!,
);

describe.skipIf("missing" in service)(
  `logins and quotas, on ${"missing" in service ? service.missing : "a broker with both"}`,
  () => {
    let kafka: SecureKafka;
    beforeAll(async () => void (kafka = await startSecureKafka({ sessionsMs: { "scram-sha-512": 5_000 } })));
    afterAll(() => kafka?.stop());

    test.for(faults)(
      "$name: of a relay and a service nothing is lost, doubled or refused, and a group sees it all",
      async (fault) => {
        expect((await runAccess(fault, kafka, { size: SHORT, say: () => {} })).problems).toEqual([]);
      },
    );
  },
);
