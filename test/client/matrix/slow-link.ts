/** A network that takes its time. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A link to a server. */
export interface SlowLink {
  /** Its address, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Starts a link on which everything takes `ms` milliseconds, in each direction. */
export async function startSlowLink(to: string, ms: number): Promise<SlowLink> {
  const { port, hostname } = new URL(to);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    pass(near, far);
    pass(far, near);
  });

  function pass(from: Socket, into: Socket): void {
    sockets.add(from);
    from.on("data", (chunk) => setTimeout(() => into.write(chunk), ms));
    from.on("error", () => into.destroy());
    from.on("close", () => {
      sockets.delete(from);
      setTimeout(() => into.end(), ms);
    });
  }

  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
