/** Takes ports of 127.0.0.1: the one asked for, or the usual one, or, where that is taken, any free one. */
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import type { PortWish } from "./settings.ts";

/** A port that was asked for cannot be had. */
export class PortError extends Error {
  override readonly name = "PortError";
}

/** Lets a server listen; returns its port. `say` is told where it is not the usual one. Throws a {@link PortError}. */
export async function listen(server: Server, wish: PortWish, say: (line: string) => void): Promise<number> {
  const { part, asked, usual } = wish;
  try {
    return await bind(server, asked ?? usual);
  } catch (cause) {
    const why = `port ${asked ?? usual} for the ${part} cannot be had (${(cause as NodeJS.ErrnoException).code})`;
    if (asked !== undefined) throw new PortError(`${why}: expected a free port, or 0 for any`, { cause });
    const port = await bind(server, 0);
    say(`${why}: it is on ${port}`);
    return port;
  }
}

/** A free port for another process to listen on. Throws a {@link PortError}. */
export async function findPort(wish: PortWish, say: (line: string) => void): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, wish, say);
  probe.close();
  await once(probe, "close");
  return port;
}

async function bind(server: Server, port: number): Promise<number> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
