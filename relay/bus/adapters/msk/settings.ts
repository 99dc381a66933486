/** Settings of the bus `msk`. */
import { z } from "zod";
import { count, file, flag, type Options, setting, text } from "../../../lib/settings.ts";

export const mskSettings = {
  brokers: setting(
    "MSK_BROKERS",
    text
      .regex(/^[^\s:,]+:\d{1,5}(,[^\s:,]+:\d{1,5})*$/, "expected host:port of each broker, separated by commas")
      .optional()
      .describe("host:port of the cluster's bootstrap brokers, separated by commas; required for msk"),
  ),
  region: setting("MSK_REGION", text.prefault("us-east-1").describe("the cluster's region, for which tokens are signed")),
  authMode: setting(
    "MSK_AUTH_MODE",
    z
      .enum(["iam_role", "sasl_scram"])
      .prefault("iam_role")
      .describe("how to log in: iam_role, by a token that is signed for each login, or sasl_scram, by SCRAM-SHA-512"),
  ),
  roleArn: setting(
    "MSK_ROLE_ARN",
    text.optional().describe("the role to log in as, with iam_role; unset: whoever the AWS SDK finds credentials of"),
  ),
  username: setting("MSK_SASL_USERNAME", text.optional().describe("required with sasl_scram")),
  password: setting("MSK_SASL_PASSWORD", text.optional().describe("required with sasl_scram; secret"), { secret: true }),
  topicPrefix: setting("MSK_TOPIC_PREFIX", z.string().prefault("").describe("put before every topic's name")),
  clientId: setting("MSK_CLIENT_ID", text.prefault("sightline").describe("how the relay names itself to the brokers")),
  createTopics: setting("MSK_CREATE_TOPICS", flag("true").describe("false: topics are created by somebody else")),
  partitions: setting("MSK_TOPIC_PARTITIONS", count(3).describe("partitions of a topic that the relay creates")),
  caFile: setting(
    "MSK_TLS_CA_FILE",
    file
      .optional()
      .describe("PEM file of the authorities that sign the brokers' certificates; unset: Node's own, which have Amazon's"),
  ),
};

/** Their values. */
export type MskOptions = Options<typeof mskSettings>;

/** What is missing. */
export function mskProblems({ brokers, authMode, username, password }: MskOptions, publisher: string): string[] {
  const problems: string[] = [];
  if (brokers === undefined)
    problems.push(`MSK_BROKERS: expected host:port of the brokers, since EVENT_PUBLISHER is ${publisher}`);
  if (authMode === "iam_role") return problems;
  for (const [variable, value] of Object.entries({ MSK_SASL_USERNAME: username, MSK_SASL_PASSWORD: password })) {
    if (value === undefined) problems.push(`${variable}: expected a value, since MSK_AUTH_MODE is sasl_scram`);
  }
  return problems;
}
