/** The least that a collector could do: read the body and parse it. */
export default {
  async fetch(request: Request): Promise<Response> {
    JSON.parse(await request.text());
    return new Response(null, { status: 204 });
  },
};
