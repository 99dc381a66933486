/** A key's policy as options of the command line. The rules themselves are the collector's. */
import { WIRE_LIMITS } from "@sightline/client/wire";
import { keyPolicy, type KeyPolicy } from "@sightline/worker/keys";
import { UsageError } from "../lib/command.ts";

interface Field {
  /** Where it stands in the policy. */
  at: readonly [string] | readonly [string, string];
  /** What stands in its value's place in the help. */
  value: string;
  /** What it does, for the help. */
  help: string;
  /** What is expected, for the error. */
  expected: string;
  /** The value that the text means; what it cannot mean is left for the policy's own rules to refuse. */
  read(text: string): unknown;
}

/** The origin, where it is what a browser sends. Throws a UsageError that says what is sent instead: it would never match. */
function sentOrigin(origin: string): string {
  const sent = URL.canParse(origin) ? new URL(origin).origin : origin;
  if (origin === "*" || sent === origin || sent === "null") return origin;
  throw new UsageError(`--origins: a browser sends ${sent}, and never ${origin}: expected ${sent}`);
}

const text = (value: string) => value;
const list = (value: string) => value.split(",").map((part) => part.trim());
const flag = (value: string) => ({ true: true, false: false })[value] ?? value;
const shares = (value: string) =>
  Object.fromEntries(list(value).map((part) => [part.replace(/=.*$/, ""), Number(/=(.+)$/.exec(part)?.[1] ?? Number.NaN)]));

const OWNER: Record<string, Field> = {
  tenant: {
    at: ["tenant_id"],
    value: "T",
    help: "whose events the key is for",
    expected: "a name of 1 to 64 characters",
    read: text,
  },
  kind: {
    at: ["kind"],
    value: "web|server",
    help: "web: public, for pages; server: secret, for backends",
    expected: "web (public, for pages) or server (secret, for backends)",
    read: text,
  },
};

const RULES: Record<string, Field> = {
  origins: {
    at: ["origins"],
    value: "A,B",
    help: "pages that may use a web key, by their origins; * is any",
    expected: "origins as browsers send them, such as https://shop.example, separated by commas, or *; of web keys only",
    read: (value) => list(value).map(sentOrigin),
  },
  "event-types": {
    at: ["event_types"],
    value: "A,B",
    help: "types of events that it may send; all otherwise",
    expected: "types of events, separated by commas",
    read: list,
  },
  "max-events": {
    at: ["limits", "events"],
    value: "N",
    help: "events of a request, at most",
    expected: `1 to ${WIRE_LIMITS.events} events a request`,
    read: Number,
  },
  "max-event-bytes": {
    at: ["limits", "event_bytes"],
    value: "N",
    help: "bytes of an event, at most",
    expected: `1 to ${WIRE_LIMITS.eventBytes} bytes`,
    read: Number,
  },
  "max-body-bytes": {
    at: ["limits", "body_bytes"],
    value: "N",
    help: "bytes of a request, at most",
    expected: `1 to ${WIRE_LIMITS.bodyBytes} bytes`,
    read: Number,
  },
  "sample-rates": {
    at: ["sample_rates"],
    value: "TYPE=SHARE,…",
    help: "share of events that is kept, by type",
    expected: "shares above 0 and at most 1, such as exposure=0.1,click=0.5",
    read: shares,
  },
  pii: {
    at: ["pii"],
    value: "personal,sensitive",
    help: "classes of personal data that it may send",
    expected: "personal, sensitive or both",
    read: list,
  },
  "strict-pii": {
    at: ["strict_pii"],
    value: "true|false",
    help: "true: personal data in payloads refuses the event, instead of being taken out",
    expected: "true or false",
    read: flag,
  },
  "strict-join-keys": {
    at: ["strict_join_keys"],
    value: "true|false",
    help: "true: an outcome without request_id is refused",
    expected: "true or false",
    read: flag,
  },
  disabled: {
    at: ["disabled"],
    value: "true|false",
    help: "true: nothing is taken with it",
    expected: "true or false",
    read: flag,
  },
};

const asOptions = (fields: Record<string, Field>) =>
  Object.fromEntries(Object.entries(fields).map(([name, { value, help }]) => [name, { type: "string" as const, value, help }]));

/** Options that say whose a new key is. */
export const ownerOptions = asOptions(OWNER);
/** Options that say what a key may do. */
export const ruleOptions = asOptions(RULES);
/** {@link ruleOptions} in a line of usage. */
export const RULES_USAGE =
  "[--origins A,B] [--event-types A,B] [--max-events N] [--max-event-bytes N] [--max-body-bytes N] [--sample-rates TYPE=SHARE,…] " +
  "[--pii personal,sensitive] [--strict-pii true|false] [--strict-join-keys true|false] [--disabled true|false]";

/** The policy with these options; `default` puts one back to what it is without the option. Throws a UsageError that names each wrong one. */
export function readPolicy(values: Record<string, unknown>, before: KeyPolicy | undefined): KeyPolicy {
  const fields = { ...(before === undefined && OWNER), ...RULES };
  const policy: Record<string, unknown> = structuredClone(before ?? {});
  for (const [name, { at, read }] of Object.entries(fields)) {
    const given = values[name];
    if (typeof given === "string") setAt(policy, at, given === "default" ? undefined : read(given));
  }
  const parsed = keyPolicy.safeParse(policy);
  if (parsed.success) return parsed.data;
  const wrong = new Set(
    parsed.error.issues.flatMap(({ path, ...issue }) =>
      issue.code === "unrecognized_keys" ? issue.keys : [String(path[path[0] === "limits" ? 1 : 0])],
    ),
  );
  const lines = Object.entries(fields)
    .filter(([, { at }]) => wrong.has(at.at(-1) ?? ""))
    .map(
      ([name, { expected }]) =>
        `--${name}: expected ${expected}, got ${values[name] === undefined ? "nothing" : JSON.stringify(values[name])}`,
    );
  throw new UsageError(lines.join("\n"));
}

function setAt(policy: Record<string, unknown>, [name, inner]: Field["at"], value: unknown): void {
  let target = policy;
  let last = name;
  if (inner !== undefined) {
    target = { ...(policy[name] as Record<string, unknown> | undefined) };
    policy[name] = target;
    last = inner;
  }
  if (value === undefined) delete target[last];
  else target[last] = value;
  if (target !== policy && Object.keys(target).length === 0) delete policy[name];
}
