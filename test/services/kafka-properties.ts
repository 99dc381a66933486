/** What the two nodes of the tests' Kafka are told. */
import { join } from "node:path";

/** Doors of a broker, and what else differs from the usual; some properties, as the rules of who may do what, are for its controller too. */
export interface ServerOptions {
  /** Its own port, without TLS or login. */
  port: number;
  /** The port that it tells its clients instead, if any. */
  advertised?: number | undefined;
  controllerPort: number;
  /** More ports of 127.0.0.1, by their security protocol. */
  doors?: Partial<Record<"SASL_SSL" | "SSL", number>>;
  /** More properties. */
  properties?: Record<string, string>;
}

/** What both are told: how many partitions and replicas topics have, and how soon a silent broker counts as gone. */
const COMMON = {
  "controller.listener.names": "CONTROLLER",
  "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL",
  "auto.create.topics.enable": false,
  "num.partitions": 3,
  "default.replication.factor": 1,
  "min.insync.replicas": 1,
  "broker.heartbeat.interval.ms": 1000,
  "broker.session.timeout.ms": 6000,
};

/** The text of the controller's properties. */
export function controllerProperties(folder: string, { controllerPort, properties = {} }: ServerOptions): string {
  return text({
    ...COMMON,
    "process.roles": "controller",
    "node.id": 2,
    "controller.quorum.voters": `2@127.0.0.1:${controllerPort}`,
    listeners: `CONTROLLER://127.0.0.1:${controllerPort}`,
    "log.dirs": join(folder, "controller-data"),
    ...properties,
  });
}

/** The text of the broker's properties. */
export function brokerProperties(folder: string, options: ServerOptions): string {
  const { port, advertised = port, controllerPort, doors = {}, properties = {} } = options;
  const more = Object.entries(doors).map(([protocol, number]) => `,${protocol}://127.0.0.1:${number}`);
  return text({
    ...COMMON,
    "process.roles": "broker",
    "node.id": 1,
    "controller.quorum.voters": `2@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port}${more.join("")}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${advertised}${more.join("")}`,
    "log.dirs": join(folder, "data"),
    "offsets.topic.num.partitions": 4,
    "offsets.topic.replication.factor": 1,
    "transaction.state.log.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1000,
    "group.consumer.min.session.timeout.ms": 1000,
    // What a member has to give up, or gets, it hears with a heartbeat; five seconds are the default.
    "group.consumer.min.heartbeat.interval.ms": 100,
    "group.consumer.heartbeat.interval.ms": 300,
    ...properties,
  });
}

function text(properties: Record<string, string | number | boolean>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}

/** A node's log goes to a file; that it serves, and what a controller decides, to stdout. */
export const LOGGING = `<Configuration status="WARN">
  <Appenders>
    <File name="file" fileName="\${sys:log.file}"><PatternLayout pattern="%d %p %m (%c)%n%throwable"/></File>
    <Console name="stdout"><PatternLayout pattern="%m%n"/></Console>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"><AppenderRef ref="stdout"/></Logger>
    <Logger name="org.apache.kafka.controller" level="INFO"><AppenderRef ref="stdout"/></Logger>
  </Loggers>
</Configuration>`;
