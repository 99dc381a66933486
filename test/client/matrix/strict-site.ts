/** The host page as a strict site serves it. */
import { createServer } from "node:http";
import { listen, shut } from "../stage/site.ts";

/** A running site. */
export interface StrictSite {
  /** Its address, without a slash at the end. */
  url: string;
  close(): Promise<void>;
}

/** Serves what `site` does, under a Content-Security-Policy. */
export async function startStrictSite(site: string, policy: string): Promise<StrictSite> {
  const server = createServer(async (request, response) => {
    const answer = await fetch(site + request.url);
    const type = answer.headers.get("Content-Type") ?? "";
    response.writeHead(answer.status, { "Content-Type": type, "Content-Security-Policy": policy }).end(await answer.text());
  });
  return { url: await listen(server), close: () => shut(server) };
}
