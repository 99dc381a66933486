import { columns } from "../lib/columns.ts";
import { JSON_OPTION, type Command } from "../lib/command.ts";
import { printable, printableLines } from "../../lib/printable.ts";
import { openWriteKeys, type WriteKey } from "./write-keys.ts";
import { jsonLine } from "../lib/json-line.ts";

/** `sightline keys list`: the keys there are, without the keys themselves. */
export const list: Command = {
  usage: "sightline keys list [--tenant T] [--json]",
  summary: "shows the write keys in KV by tenant, the revoked ones of the last 30 days among them",
  onStack: true,
  options: { tenant: { type: "string", value: "T", help: "keys of this tenant only" }, json: JSON_OPTION },
  async run({ values: { tenant, json }, env, io }) {
    const { keys, unreadable } = await openWriteKeys(env).list();
    const wanted = keys
      .filter(({ policy }) => tenant === undefined || policy.tenant_id === tenant)
      .toSorted((a, b) => (sortText(a) < sortText(b) ? -1 : 1));
    io.stdout.write(json === true ? jsonLine(wanted.map(asJson)) : table(wanted));
    for (const { id, wrong } of unreadable)
      io.stderr.write(printableLines(`key ${id} is of another form, and refused: ${wrong}`));
    return unreadable.length === 0 ? 0 : 1;
  },
};

function sortText({ policy, created_at }: WriteKey): string {
  return [policy.tenant_id, policy.kind, created_at].join("\0");
}

function stateOf({ policy, revoked_at }: WriteKey): string {
  if (revoked_at !== undefined) return "revoked";
  return policy.disabled === true ? "disabled" : "valid";
}

function asJson(key: WriteKey) {
  const { id, policy, created_at, revoked_at = null } = key;
  return { id, state: stateOf(key), created_at, revoked_at, policy };
}

function table(keys: WriteKey[]): string {
  if (keys.length === 0) return "no keys\n";
  const rows = [["ID", "TENANT", "KIND", "STATE", "MADE", "RULES"], ...keys.map((key) => rowOf(key).map(printable))];
  return columns(rows);
}

function rowOf(key: WriteKey): string[] {
  const { tenant_id, kind, disabled: _disabled, ...rules } = key.policy;
  const told = Object.entries(rules).map(([name, rule]) => {
    const plain = Array.isArray(rule) ? rule.join(",") : typeof rule === "object" ? JSON.stringify(rule) : String(rule);
    return `${name}=${plain}`;
  });
  return [key.id, tenant_id, kind, stateOf(key), `${key.created_at.slice(0, 16)}Z`, told.join(" ")];
}
