import { ERRORS, type ErrorCode } from "../errors/errors.ts";
import { schemaRef, type JsonSchema } from "../events/json-schema.ts";
import { EVENT_CODES } from "./response-schemas.ts";

/** The responses to one operation, by status. */
export type Responses = Record<string, object>;

const ref = (name: string): JsonSchema => ({ $ref: schemaRef(name) });

/** A response of JSON. */
export const jsonResponse = (description: string, schema: JsonSchema, examples?: object) => ({
  description,
  content: { "application/json": { schema, ...(examples && { examples }) } },
});

/** Headers that come with a status. */
const HEADERS: Record<number, Record<string, { description: string; schema: JsonSchema }>> = {
  401: { "WWW-Authenticate": { description: "`Bearer`.", schema: { type: "string" } } },
  405: { Allow: { description: "The methods of this path.", schema: { type: "string" } } },
  429: { "Retry-After": { description: "Seconds to wait, differing by chance.", schema: { type: "integer", minimum: 1 } } },
};
HEADERS[500] = HEADERS[503] = HEADERS[429] ?? {};

/** The error contract, a response for each status that the codes have: with every code, and an example of each. */
export function refusals(codes: readonly ErrorCode[]): Responses {
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status))];
  return Object.fromEntries(statuses.map((status) => [status, refusal(codes.filter((code) => ERRORS[code].status === status))]));
}

function refusal(codes: readonly ErrorCode[]) {
  const [first] = codes;
  const headers = first && HEADERS[ERRORS[first].status];
  const lines = codes.map((code) => `- \`${code}\`: ${ERRORS[code].message}`);
  return {
    ...jsonResponse(
      `The error contract.\n\n${lines.join("\n")}`,
      {
        allOf: [ref("ErrorAnswer")],
        properties: { error: { type: "object", properties: { code: { type: "string", enum: [...codes] } } } },
      },
      Object.fromEntries(codes.map((code) => [code, example(code)])),
    ),
    ...(headers && { headers }),
  };
}

function example(code: ErrorCode) {
  const { message } = ERRORS[code];
  return { summary: message, value: { error: { code, message, details: {} } } };
}

const verdict = (error: ErrorCode) => {
  const { message, retryable } = ERRORS[error];
  return { index: 1, event_id: "sess_a1b2c3d4-2", error, message, retryable };
};
const counts = (accepted: number, errors: ReturnType<typeof verdict>[]) => ({
  value: { accepted, rejected: errors.length, duplicates: 0, errors },
});

/** The responses to events: verdicts on one event or on a batch, and refusals of the whole request. */
export function eventResponses(): Responses {
  const all = Object.keys(ERRORS) as ErrorCode[];
  // Those that never refuse a request as a whole, or never this one.
  const refused = refusals(all.filter((code) => ERRORS[code].status !== 202 && code !== "not_found"));
  const withBatch = (status: number, what: string, examples: object) => {
    const { description, content, ...rest } = refused[status] as ReturnType<typeof refusal>;
    const { schema, examples: own } = content["application/json"];
    return {
      ...rest,
      ...jsonResponse(`${what} Or:\n\n${description}`, { anyOf: [ref("BatchAnswer"), schema] }, { ...examples, ...own }),
    };
  };
  return {
    ...refused,
    202: jsonResponse(
      "Taken, or left out by design: `shed`, or `sampled_out`.",
      { anyOf: [ref("SingleAnswer"), ref("BatchAnswer")] },
      {
        event: { value: { event_id: "sess_a1b2c3d4-1", status: "accepted" } },
        batch: counts(2, []),
      },
    ),
    207: {
      ...jsonResponse(
        `A batch of which some was not taken, with a verdict for each such event: ${EVENT_CODES.map((code) => `\`${code}\``).join(", ")}. \`Retry-After\` where some is to be sent again.`,
        ref("BatchAnswer"),
        { batch: counts(1, [verdict("missing_timestamp")]) },
      ),
      headers: HEADERS[429],
    },
    400: withBatch(400, "A batch of which all was refused for good.", { batch: counts(0, [verdict("missing_timestamp")]) }),
    503: withBatch(503, "A batch of which all is to be sent again.", { batch: counts(0, [verdict("queue_unavailable")]) }),
  };
}
