/** Responds, and does nothing: what a request costs that no code of ours sees. */
export default { fetch: (): Response => new Response(null, { status: 204 }) };
