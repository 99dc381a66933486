import { generateAuthToken, generateAuthTokenFromRole } from "aws-msk-iam-sasl-signer-js";
import type { MskOptions } from "./settings.ts";

/** A token of AWS for one login: who signs it may do what IAM's rules say; it lives for 900 seconds. Rejects where there are no credentials. */
export async function iamToken({ region, roleArn }: Pick<MskOptions, "region" | "roleArn">): Promise<string> {
  const { token } =
    roleArn === undefined
      ? await generateAuthToken({ region })
      : await generateAuthTokenFromRole({ region, awsRoleArn: roleArn, awsRoleSessionName: "sightline" });
  return token;
}
