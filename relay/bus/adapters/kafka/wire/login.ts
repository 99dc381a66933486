/** Logins, where the client's own way says too little. */
import type { SASLOptions } from "@platformatic/kafka";
import type { Login } from "./connection.ts";
import { Denied } from "./denied.ts";
import { brokerErrors } from "./errors.ts";

/** A right that whoever has it would have. */
export const LOGIN = "a login that the brokers take";

/** A login as the client takes it. */
export function saslOf(login: Login): SASLOptions {
  const mechanism = login.mechanism.toUpperCase() as "PLAIN";
  return login.mechanism === "oauthbearer" ? { ...login, mechanism, authBytesValidator } : { ...login, mechanism };
}

/** A token that brokers refuse is told in what responds to the login (RFC 7628, 3.2.2), which for the client is a login like any other. */
function authBytesValidator(bytes: Buffer, callback: (error: Error | null, bytes: Buffer) => void): void {
  const reason = bytes.toString().trim();
  callback(reason === "" ? null : new Denied([LOGIN], new Error(`the token is refused: ${reason}`)), bytes);
}

/** The login of a connection has ended, or was refused: the broker has done nothing of the request. */
export function isLoggedOut(error: unknown): boolean {
  return brokerErrors(error).some(({ code }) => code === "ILLEGAL_SASL_STATE");
}
