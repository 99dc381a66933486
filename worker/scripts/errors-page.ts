import { errorExamples, type ErrorExample } from "../../test/wire/error-examples.ts";
import { ERRORS, type ErrorCode } from "../src/errors/errors.ts";

const INTRODUCTION = `# Errors

Written by \`npm run docs\` from [worker/src/errors/errors.ts](../worker/src/errors/errors.ts) and the examples of
[test/wire](../test/wire/error-examples.ts), each of which a test posts to the collector.

The response to a request that is refused as a whole, and to an event that was sent alone, is the error contract:

\`\`\`json
{ "error": { "code": "unauthorized", "message": "…", "details": {} } }
\`\`\`

The verdict on an event of a batch is in \`errors\`, with its \`index\`, and where it is known the \`path\` of the field:

\`\`\`json
{ "accepted": 1, "rejected": 1, "duplicates": 0, "errors": [{ "index": 1, "error": "missing_timestamp", "path": "timestamp", "message": "…", "retryable": false }] }
\`\`\`

**Send again** says whether the same bytes may be taken later. Where it says no, do not send them again. 429 and 503 come with
\`Retry-After\`, in seconds. After a 413, send smaller batches. Neither \`message\` nor \`path\` repeats a value that was sent.
`;

/** The text of docs/errors.md: every code, what it means, and what brings it about. */
export function errorsPage(): string {
  const examples = errorExamples();
  const codes = Object.keys(ERRORS) as ErrorCode[];
  const scoped = (scope: "event" | "request") => codes.filter((code) => [scope, "either"].includes(ERRORS[code].scope));
  const section = (code: ErrorCode) => `### ${code}\n\n${sentence(ERRORS[code].message)}\n\n${exampleText(examples.get(code))}`;
  return [
    INTRODUCTION,
    `## Of one event\n\n${table(scoped("event"))}\n`,
    `## Of the whole request\n\n${table(scoped("request"))}\n`,
    `## Examples\n\n${codes.map(section).join("\n")}`,
  ].join("\n");
}

function table(codes: readonly ErrorCode[]): string {
  const rows = codes.map((code) => {
    const { status, retryable, message } = ERRORS[code];
    return `| [\`${code}\`](#${code}) | ${status} | ${retryable ? "yes" : "no"} | ${plain(message)} |`;
  });
  return ["| code | status | send again | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function exampleText({ words, shown, file, key }: ErrorExample = {}): string {
  const parts = [
    words,
    key && `With the write key \`${key.name}\`: \`${JSON.stringify(key.policy)}\``,
    shown && `\`\`\`${file === undefined ? "http" : "json"}\n${shown}\n\`\`\``,
    file && `From [${file.replace(/^.*\//, "")}](../${file}).`,
  ];
  return `${parts.filter(Boolean).join("\n\n")}\n`;
}

/** Two underscores would set it bold. */
const plain = (text: string): string => text.replaceAll("__", String.raw`\_\_`);
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${plain(text.slice(1))}.`;
