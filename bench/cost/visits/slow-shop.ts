import { createServer } from "node:http";
import { createShop, type ShopOptions } from "../../../demo/shop/server.ts";
import { listen, shut } from "../../../test/client/stage/site.ts";

/** The demo shop, whose documents begin to come after so many milliseconds. */
export async function startSlowShop(
  options: ShopOptions,
  firstByteMs: number,
): Promise<{ url: string; close: () => Promise<void> }> {
  const shop = await createShop(options);
  const server = createServer((request, response) => {
    const serve = (): boolean => shop.emit("request", request, response);
    const isDocument = request.headers["sec-fetch-dest"] === "document";
    if (isDocument && firstByteMs > 0) setTimeout(serve, firstByteMs);
    else serve();
  });
  return { url: await listen(server), close: () => shut(server) };
}
