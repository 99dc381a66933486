/** The floor, under hono. */
import { Hono } from "hono";

const app = new Hono();
app.post("/v1/events", async (c) => {
  JSON.parse(await c.req.text());
  return c.body(null, 204);
});

export default { fetch: app.fetch };
