#!/usr/bin/env bash
# kafkajs 2.2.4 and @platformatic/kafka 2.12.1, logging in to Apache Kafka 4.3.1 by OAUTHBEARER with a token that has ended.
#
# Guess: the login fails, with what the broker says of the token ("invalid_token").
# Seen: a broker responds to the login without an error code and with its reason in the bytes that come with it (RFC 7628, 3.2.2), and both take that for a
# login. Asked for the metadata of a topic next, the broker says ILLEGAL_SASL_STATE; asked for its brokers alone, it has none, and no error. So kafkajs
# ends with "No brokers in the broker pool", and the broker's reason is dropped. @platformatic/kafka has an option, authBytesValidator, that sees the bytes;
# nothing is set there by default.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true; rm -rf "$folder"' EXIT
broker=0
cd "$folder"
mkdir jars
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency></dependencies>
</project>
XML
mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory="$PWD/jars" -DincludeScope=runtime
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4 @platformatic/kafka@2.12.1
read -r port controller < <(node -e '
  const { createServer } = require("node:net");
  const open = () => new Promise((resolve) => { const s = createServer().listen(0, "127.0.0.1", () => resolve(s)); });
  Promise.all([open(), open()]).then((all) => { console.log(all.map((s) => s.address().port).join(" ")); all.forEach((s) => s.close()); });')
login=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=SASL_PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=SASL_PLAINTEXT
sasl.mechanism.inter.broker.protocol=OAUTHBEARER
sasl.enabled.mechanisms=OAUTHBEARER
listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=$login required unsecuredLoginStringClaim_sub="broker";
log.dirs=$PWD/data
offsets.topic.replication.factor=1
PROPERTIES
java -cp "jars/*" kafka.tools.StorageTool format --cluster-id=MkU3OEVBNTcwNTJENDM2Qk -c server.properties >/dev/null 2>&1
java -Xmx512m -cp "jars/*" kafka.Kafka server.properties >broker.log 2>&1 &
broker=$!
cat >run.mjs <<'JS'
import { Connection, metadataV12 } from "@platformatic/kafka";
import kafkajs from "kafkajs";

const port = Number(process.argv[2]);
const part = (of) => Buffer.from(JSON.stringify(of)).toString("base64url");
// Tokens that nobody signed, which a broker takes where nothing else is set; `seconds` from now is when it ends.
const token = (seconds) => {
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: "none" })}.${part({ sub: "somebody", iat: now - 600, exp: now + seconds })}.`;
};
const names = (error) => [error.type, error.errors?.[0]?.apiId, error.cause?.type].find(Boolean) ?? error.message;
const told = (work) => work.then(() => "done", (error) => `${names(error)}${error.retriable === false ? ", not retriable" : ""}`);

const ask = async (value, topics) => {
  const connection = new Connection("finding", { sasl: { mechanism: "OAUTHBEARER", token: value } });
  const login = await told(connection.connect("127.0.0.1", port));
  const found = await metadataV12.api.async(connection, topics, false, false).then(({ brokers }) => `${brokers.length} brokers`, names);
  await connection.close().catch(() => {});
  return `login ${login}, ${found}`;
};
const platformatic = async (value) => `${await ask(value, [])}; with a topic: ${await ask(value, ["a-topic"])}`;
const admin = (value) =>
  new kafkajs.Kafka({
    brokers: [`127.0.0.1:${port}`],
    sasl: { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value }) },
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
const kafkaJs = async (value) => {
  const client = admin(value);
  const login = await told(client.connect());
  const request = await told(client.listTopics());
  await client.disconnect().catch(() => {});
  return `login ${login}, topics ${request}`;
};

for (let n = 0; (await ask(token(600), [])) !== "login done, 1 brokers"; n++) {
  if (n === 120) throw new Error("the broker does not serve");
  await new Promise((resolve) => setTimeout(resolve, 500));
}
console.log("a token that lasts, @platformatic/kafka:", await platformatic(token(600)));
console.log("a token that lasts, kafkajs:", await kafkaJs(token(600)));
console.log("one that has ended, @platformatic/kafka:", await platformatic(token(-60)));
console.log("one that has ended, kafkajs:", await kafkaJs(token(-60)));
process.exit();
JS
node --no-warnings run.mjs "$port" | tee out
diff - out <<'SEEN'
a token that lasts, @platformatic/kafka: login done, 1 brokers; with a topic: login done, UNKNOWN_TOPIC_OR_PARTITION
a token that lasts, kafkajs: login done, topics done
one that has ended, @platformatic/kafka: login done, 0 brokers; with a topic: login done, ILLEGAL_SASL_STATE
one that has ended, kafkajs: login done, topics No brokers in the broker pool, not retriable
SEEN
