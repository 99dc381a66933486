#!/usr/bin/env bash
# kafkajs 2.2.4, reading from Apache Kafka 4.3.1 with readUncommitted: false, which is its default (isolation level read_committed).
#
# Guess: a consumer that reads what is committed gets no record of a transaction that was aborted.
# Seen: it does where two transactions overlap in a partition and the one that began later was aborted first. Brokers list aborted transactions by their
# end; kafkajs takes the list for one by beginning, and hides a transaction from where its turn in that list comes. Kafka's own
# consumer hides both.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "$broker" 2>/dev/null || true; wait "$broker" 2>/dev/null || true; rm -rf "$folder"' EXIT
broker=0
cd "$folder"
mkdir jars
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>finding</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>4.3.1</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>4.3.1</version></dependency></dependencies>
</project>
XML
mvn -q -B -ntp dependency:copy-dependencies -DoutputDirectory="$PWD/jars" -DincludeScope=runtime
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
read -r port controller < <(node -e '
  const { createServer } = require("node:net");
  const open = () => new Promise((resolve) => { const s = createServer().listen(0, "127.0.0.1", () => resolve(s)); });
  Promise.all([open(), open()]).then((all) => { console.log(all.map((s) => s.address().port).join(" ")); all.forEach((s) => s.close()); });')
cat >server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$PWD/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
PROPERTIES
java -cp "jars/*" kafka.tools.StorageTool format --cluster-id=MkU3OEVBNTcwNTJENDM2Qk -c server.properties >/dev/null 2>&1
java -Xmx512m -cp "jars/*" kafka.Kafka server.properties >broker.log 2>&1 &
broker=$!
cat >run.mjs <<'JS'
import kafkajs from "kafkajs";

const kafka = new kafkajs.Kafka({ brokers: [`127.0.0.1:${process.argv[2]}`], logLevel: kafkajs.logLevel.NOTHING, retry: { retries: 30 } });
const admin = kafka.admin();
await admin.connect();
const producer = async (transactionalId) => {
  const one = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await one.connect();
  return one;
};
/** Transactions on one partition, which begin in the order of their names; `ends` says in which order they are aborted. A record that is committed comes last. */
const trial = async (topic, ends) => {
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  const open = {};
  for (const name of ends.toSorted()) {
    open[name] = await (await producer(`${topic}-${name}`)).transaction();
    await open[name].send({ topic, messages: [{ value: `${name}, aborted` }] });
  }
  for (const name of ends) await open[name].abort();
  const last = await (await producer(`${topic}-last`)).transaction();
  await last.send({ topic, messages: [{ value: "committed" }] });
  await last.commit();
  return topic;
};
const kafkajsReads = async (topic) => {
  const consumer = kafka.consumer({ groupId: `${topic}-group` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const seen = [];
  await new Promise((resolve) => {
    void consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(message.value.toString());
        if (message.value.toString() === "committed") resolve();
      },
    });
  });
  await consumer.disconnect();
  return seen;
};
for (const ends of [["a"], ["a", "b"], ["b", "a"]]) {
  const topic = await trial(`aborted-${ends.join("-")}`, ends);
  console.log(`${topic}, kafkajs: ${(await kafkajsReads(topic)).join("; ")}`);
  console.log(topic);
}
process.exit(0);
JS
node run.mjs "$port" >all
for topic in $(grep -v ' ' all); do
  grep "^$topic, " all
  own=$(java -cp "jars/*" org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "127.0.0.1:$port" --topic "$topic" --from-beginning \
    --isolation-level read_committed --max-messages 1 2>/dev/null)
  echo "$topic, Kafka's own: $own"
done | tee out
diff - out <<'SEEN'
aborted-a, kafkajs: committed
aborted-a, Kafka's own: committed
aborted-a-b, kafkajs: committed
aborted-a-b, Kafka's own: committed
aborted-b-a, kafkajs: a, aborted; committed
aborted-b-a, Kafka's own: committed
SEEN
