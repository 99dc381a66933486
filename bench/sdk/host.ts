/** The page that the contenders run in: empty, on an origin of its own, and allowed to speak to this machine only. */
import { createServer } from "node:http";
import { listen, shut } from "../../test/client/stage/site.ts";
import type { Contender } from "./contenders.ts";
import { bundlePage } from "./bundle.ts";

/** A running host. */
export interface Host {
  /** The page of a contender. */
  pageOf(contender: Contender): string;
  close(): Promise<void>;
}

const POLICY = "default-src 'self'; script-src 'self'; style-src 'unsafe-inline'; connect-src http://127.0.0.1:*";

/** Bundles all of them, and serves them. */
export async function startHost(contenders: readonly Contender[]): Promise<Host> {
  const bundles = new Map<string, string>();
  for (const contender of contenders) bundles.set(`/${contender.name}.js`, await bundlePage(contender));
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const bundle = bundles.get(path);
    const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Bench</title><script src="${path}.js"></script><body>`;
    response.setHeader("Content-Type", bundle ? "text/javascript" : "text/html");
    response.setHeader("Content-Security-Policy", POLICY);
    response.end(bundle ?? page);
  });
  const url = await listen(server);
  return { pageOf: ({ name }) => `${url}/${name}`, close: () => shut(server) };
}
