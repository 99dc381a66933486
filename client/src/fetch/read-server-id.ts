/** `application/json`, and what is built on it. Not JSON lines: those may be a stream without an end. */
const JSON_TYPE = /^application\/([\w.+-]+\+)?json\s*(;|$)/i;

/**
 * The id that the server worked under: the header `X-Request-Id`, else `meta.request_id` of a JSON body, of which a copy is read. Undefined
 * where there is none, or where the body is not the JSON that it says. Never rejects.
 */
export async function readServerId(response: Response): Promise<string | undefined> {
  const { headers } = response;
  const named = headers.get("X-Request-Id");
  if (named) return named;
  if (!JSON_TYPE.test(headers.get("Content-Type") ?? "")) return undefined;
  try {
    const body = (await response.clone().json()) as { meta?: { request_id?: unknown } } | null;
    const id = body?.meta?.request_id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
