import type { Server } from "node:http";

/** Takes no new request, lets those under way end within `patienceMs`, then cuts what is left. */
export async function closeServer(server: Server, patienceMs = 3_000): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timer = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(timer);
}
