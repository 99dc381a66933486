/** A TCP proxy in front of a broker, which holds back a request or its response for as long as a test wants. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** https://kafka.apache.org/protocol#protocol_api_keys */
export const API = { Produce: 0, AddPartitionsToTxn: 24, AddOffsetsToTxn: 25, EndTxn: 26, TxnOffsetCommit: 28 } as const;

/** What is held back. A request does not reach the broker; a response does not reach the client, though the broker has done what it says. */
export type Part = "request" | "response";

/** One request or response that is held. */
export interface Hold {
  /** Resolves when it is held. */
  held: Promise<unknown>;
  /** Lets it go, also where its client is gone by now; resolves when the broker has responded, or has closed the connection. */
  release(): Promise<void>;
}

/** A proxy. */
export interface KafkaProxy {
  /** Port of 127.0.0.1 that it listens on: the one that the broker has to advertise. */
  port: number;
  /** Where connections go; to be called before there is one. */
  leadTo(port: number): void;
  /** Holds back the next request of that API, or its response, and whatever follows it on its connection; once. */
  holdNext(api: number, part: Part): Hold;
  close(): Promise<void>;
}

/** A hold that waits for its request. */
interface Trap {
  api: number;
  part: Part;
  caught(connection: Connection): void;
}

interface Connection {
  upstream: Socket;
  /** Frames that are held; undefined where none are. */
  kept: Buffer[] | undefined;
}

/** Starts a proxy on a free port. */
export async function startKafkaProxy(): Promise<KafkaProxy> {
  let target = 0;
  let trap: Trap | undefined;
  const sockets = new Set<Socket>();

  /** A frame is its size in four bytes, then the API's key in two. */
  const onFrame = (connection: Connection, client: Socket, frame: Buffer): void => {
    if (connection.kept) return void connection.kept.push(frame);
    const sprung = trap && trap.api === frame.readInt16BE(4) ? trap : undefined;
    if (!sprung) return void connection.upstream.write(frame);
    trap = undefined;
    if (sprung.part === "request") connection.kept = [frame];
    else {
      connection.upstream.unpipe(client);
      connection.upstream.write(frame);
    }
    sprung.caught(connection);
  };

  const server = createServer((client) => {
    const upstream = connect({ host: "127.0.0.1", port: target, noDelay: true });
    const connection: Connection = { upstream, kept: undefined };
    for (const socket of [client, upstream])
      sockets.add(socket.once("close", () => sockets.delete(socket)).on("error", () => {}));
    upstream.pipe(client);
    let bytes = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 6 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0);
        onFrame(connection, client, bytes.subarray(0, end));
        bytes = bytes.subarray(end);
      }
    });
    // What is held outlives its client, as it would in a socket's buffer.
    client.once("close", () => void (connection.kept ?? upstream.end()));
    upstream.once("close", () => client.destroy());
  });
  await once(server.listen(0, "127.0.0.1"), "listening");

  return {
    port: (server.address() as { port: number }).port,
    leadTo: (port) => void (target = port),
    holdNext(api, part) {
      const caught = Promise.withResolvers<Connection>();
      trap = { api, part, caught: caught.resolve };
      return {
        held: caught.promise,
        async release() {
          const { upstream, kept = [] } = await caught.promise;
          if (upstream.closed) return;
          const responded = Promise.race([once(upstream, "data"), once(upstream, "close")]);
          // Its pipe to a client that is gone has stopped it.
          upstream.resume();
          for (const frame of kept) upstream.write(frame);
          await responded;
        },
      };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
