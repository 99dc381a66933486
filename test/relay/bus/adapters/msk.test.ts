import { afterEach, expect, test, vi } from "vitest";
import { kafkaOptionsOf } from "../../../../relay/bus/adapters/msk/kafka-options.ts";
import type { MskOptions } from "../../../../relay/bus/adapters/msk/settings.ts";
import { iamToken } from "../../../../relay/bus/adapters/msk/token.ts";
import { readConfig } from "../../../../relay/service/settings/config.ts";

afterEach(() => void vi.unstubAllEnvs());

const optionsOf = (env: NodeJS.ProcessEnv) => readConfig(env).bus.options as MskOptions;
const MSK = { EVENT_PUBLISHER: "aws_msk", MSK_BROKERS: "b-1.example.com:9098,b-2.example.com:9098" };

const token = async (): Promise<string> => "a token";

test("a token is an address that is signed for the region, for 900 seconds", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "of-the-tests");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "of-the-tests");
  const url = new URL(Buffer.from(await iamToken({ region: "eu-west-1", roleArn: undefined }), "base64url").toString());
  expect(url.host).toBe("kafka.eu-west-1.amazonaws.com");
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: "kafka-cluster:Connect",
    "X-Amz-Expires": "900",
    "X-Amz-Credential": expect.stringMatching(/^of-the-tests\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/) as string,
    "X-Amz-Signature": expect.stringMatching(/^[0-9a-f]{64}$/) as string,
  });
});

test("the settings of MSK are those of Kafka with TLS, and a token or SCRAM to log in by", () => {
  const iam = kafkaOptionsOf(optionsOf({ ...MSK, MSK_TOPIC_PREFIX: "shop." }), token);
  expect(iam).toMatchObject({ brokers: MSK.MSK_BROKERS, tls: true, topicPrefix: "shop.", acks: "all", token });
  expect(iam.saslMechanism).toBeUndefined();
  const login = { MSK_AUTH_MODE: "sasl_scram", MSK_SASL_USERNAME: "relay", MSK_SASL_PASSWORD: "word" };
  const scram = kafkaOptionsOf(optionsOf({ ...MSK, ...login }), token);
  expect(scram).toMatchObject({ tls: true, saslMechanism: "scram-sha-512", saslUsername: "relay", saslPassword: "word" });
  expect(scram.token).toBeUndefined();
});

test("the region is us-east-1 and the login IAM's unless told, and what is missing is named", () => {
  expect(optionsOf(MSK)).toMatchObject({ region: "us-east-1", authMode: "iam_role" });
  expect(() => optionsOf({ EVENT_PUBLISHER: "msk" })).toThrow(/MSK_BROKERS: expected host:port/);
  expect(() => optionsOf({ ...MSK, MSK_AUTH_MODE: "sasl_scram" })).toThrow(
    /MSK_SASL_USERNAME: expected a value.*\n.*MSK_SASL_PASSWORD/,
  );
});
