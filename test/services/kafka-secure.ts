/** A broker as in production: TLS, logins, certificates of clients, and an authorizer that denies what no rule allows. */
import { execFile } from "node:child_process";
import { readFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { type Kafka, startKafka } from "./kafka.ts";
import { ensureCommand } from "./machine.ts";

const run = promisify(execFile);

/** The one user that may log in; no rule allows it anything. */
export const USER = { name: "relay", password: "a-password-for-the-tests" };

/** A broker with more doors. Who comes through `brokers`, or with the certificate through `mutualTls`, may do everything. */
export interface SecureKafka extends Kafka {
  /** host:port of the door with TLS and SASL: plain, scram-sha-256 and scram-sha-512, for {@link USER}. */
  saslTls: string;
  /** host:port of the door with TLS that asks for a certificate. */
  mutualTls: string;
  /** PEM files: of the authority that signed all certificates, and of a client's certificate and key. */
  files: { ca: string; cert: string; key: string };
}

/**
 * Starts it. Logins last as long as is said, by their mechanism in lower case, milliseconds; others for good, and by OAUTHBEARER as long as the token. Throws an Error
 * that says what is missing.
 */
export async function startSecureKafka({ sessionsMs = {} }: { sessionsMs?: Record<string, number> } = {}): Promise<SecureKafka> {
  await ensureCommand("openssl", "openssl");
  const folder = await mkdtemp(join(tmpdir(), "sightline-certificates-"));
  await makeCertificates(folder);
  const [sasl, mutual] = [await freePort(), await freePort()];
  const kafka = await startKafka({
    doors: { SASL_SSL: sasl, SSL: mutual },
    properties: { ...properties(folder), ...sessions(sessionsMs) },
    format: ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => {
      return ["--add-scram", `${mechanism}=[name=${USER.name},password=${USER.password}]`];
    }),
  });
  return {
    ...kafka,
    saslTls: `127.0.0.1:${sasl}`,
    mutualTls: `127.0.0.1:${mutual}`,
    files: { ca: join(folder, "ca.pem"), cert: join(folder, "client.pem"), key: join(folder, "client.key") },
    async stop() {
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sessions(sessionsMs: Record<string, number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sessionsMs).map(([mechanism, ms]) => [
      `listener.name.sasl_ssl.${mechanism}.connections.max.reauth.ms`,
      String(ms),
    ]),
  );
}

async function makeCertificates(folder: string): Promise<void> {
  const make = (name: string, subject: string, more: string[]) => {
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", join(folder, `${name}.key`)];
    return run("openssl", ["req", "-x509", ...key, "-out", join(folder, `${name}.pem`), "-days", "2", "-subj", subject, ...more]);
  };
  await make("ca", "/CN=authority", []);
  const signed = [
    "-CA",
    join(folder, "ca.pem"),
    "-CAkey",
    join(folder, "ca.key"),
    "-addext",
    "basicConstraints=critical,CA:FALSE",
  ];
  await make("broker", "/CN=broker", [...signed, "-addext", "subjectAltName=IP:127.0.0.1"]);
  await make("client", "/CN=client", signed);
  const chain = await Promise.all(["broker.key", "broker.pem"].map((name) => readFile(join(folder, name), "utf8")));
  await writeFile(join(folder, "broker-keystore.pem"), chain.join(""));
}

function properties(folder: string): Record<string, string> {
  const login = "org.apache.kafka.common.security";
  const { name, password } = USER;
  return {
    "ssl.keystore.type": "PEM",
    "ssl.keystore.location": join(folder, "broker-keystore.pem"),
    "ssl.truststore.type": "PEM",
    "ssl.truststore.location": join(folder, "ca.pem"),
    "listener.name.ssl.ssl.client.auth": "required",
    "listener.name.sasl_ssl.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
    "listener.name.sasl_ssl.plain.sasl.jaas.config": `${login}.plain.PlainLoginModule required user_${name}="${password}";`,
    "listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": `${login}.scram.ScramLoginModule required;`,
    // Tokens without a signature, which brokers take where nothing else is set.
    "listener.name.sasl_ssl.oauthbearer.sasl.jaas.config": `${login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS;User:CN=client",
  };
}
