import { parseSync, type Comment, type Program } from "oxc-parser";

/** A member of an options interface, as its doc comment tells it. */
export interface OptionRow {
  /** For example `viewability.ms`. */
  name: string;
  isRequired: boolean;
  /** Its type, as written, without `undefined`. */
  type: string;
  meaning: string;
  /** What its `@default` says; "" where it has none. */
  fallback: string;
}

type Declaration = Extract<Program["body"][number], { type: "TSInterfaceDeclaration" }>;
type Member = Extract<Declaration["body"]["body"][number], { type: "TSPropertySignature" }>;

/**
 * Lists the members of the interface `name` of a TypeScript source. A member whose type is another interface of the same source, or
 * `Partial` of one, is followed by that one's members under its name. Throws where a member has no doc comment.
 */
export function readOptions(source: string, name: string): OptionRow[] {
  const { program, comments, errors } = parseSync("options.ts", source);
  if (errors.length > 0) throw new Error(errors[0]!.message);
  const interfaces = new Map(program.body.flatMap(declared).map((each) => [each.id.name, each]));

  const list = (of: string, prefix: string): OptionRow[] =>
    (interfaces.get(of)?.body.body ?? []).flatMap((member) => {
      const row = readMember(source, comments, member, prefix);
      const inner = /^(?:Partial<(\w+)>|(\w+))$/.exec(row.type);
      return [row, ...list(inner?.[1] ?? inner?.[2] ?? "", `${row.name}.`)];
    });

  const rows = list(name, "");
  if (rows.length === 0) throw new Error(`an interface ${name} was expected`);
  return rows;
}

function declared(statement: Program["body"][number]): Declaration[] {
  const inner = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
  return inner?.type === "TSInterfaceDeclaration" ? [inner] : [];
}

function readMember(source: string, comments: Comment[], member: Declaration["body"]["body"][number], prefix: string): OptionRow {
  if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier") throw new Error("plain members were expected");
  const name = prefix + member.key.name;
  const doc = comments.findLast(({ end }) => end <= member.start && source.slice(end, member.start).trim() === "");
  if (!doc?.value.startsWith("*")) throw new Error(`${name}: a doc comment was expected`);
  const text = doc.value
    .replaceAll(/\s*\n\s*\*\s?/g, " ")
    .replace(/^\*\s*/, "")
    .trim();
  const [meaning = "", fallback = ""] = text.split(/\s*@default\s+/);
  return {
    name,
    isRequired: !member.optional,
    type: typeOf(source, member),
    meaning: meaning.replaceAll(/\{@link (\w+)\}/g, "`$1`"),
    fallback,
  };
}

function typeOf(source: string, { typeAnnotation }: Member): string {
  if (!typeAnnotation) return "unknown";
  const { start, end } = typeAnnotation.typeAnnotation;
  const text = source
    .slice(start, end)
    .replaceAll(/\s+/g, " ")
    .replace(/ \| undefined$/, "");
  return /^\(\(.*\) => [^()]*\)$/.test(text) ? text.slice(1, -1) : text;
}
