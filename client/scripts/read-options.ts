import { parseSync, type Comment, type Program } from "oxc-parser";

/** A member of an options interface, as its doc comment tells it. */
export interface OptionRow {
  /** For example `viewability.ms`. */
  name: string;
  isRequired: boolean;
  /** Its type without `undefined`; names of the same source are replaced by what they stand for. */
  type: string;
  meaning: string;
  /** What its `@default` says; "" where it has none. */
  fallback: string;
}

type Statement = Program["body"][number];
type Interface = Extract<Statement, { type: "TSInterfaceDeclaration" }>;
type Member = Interface["body"]["body"][number];

/** A source and what it declares. */
interface Source {
  text: string;
  comments: Comment[];
  interfaces: Map<string, Interface>;
  /** By name, the text of each interface and of each type. */
  shapes: Map<string, string>;
}

/**
 * Lists the members of the interface `name` of a TypeScript source. One whose type is `Partial` of another interface of the same source
 * is a group, and is followed by that one's members under its name. Throws where a member has no doc comment.
 */
export function readOptions(text: string, name: string): OptionRow[] {
  const source = readSource(text);
  const list = (of: string, prefix: string): OptionRow[] =>
    (source.interfaces.get(of)?.body.body ?? []).flatMap((member) => {
      const row = readMember(source, member, prefix);
      return [row, ...list(/^Partial<(\w+)>$/.exec(row.type)?.[1] ?? "", `${row.name}.`)];
    });
  const rows = list(name, "");
  if (rows.length === 0) throw new Error(`expected an interface ${name}`);
  return rows;
}

function readSource(text: string): Source {
  const { program, comments, errors } = parseSync("options.ts", text);
  if (errors.length > 0) throw new Error(errors[0]!.message);
  const interfaces = new Map<string, Interface>();
  const shapes = new Map<string, string>();
  for (const statement of program.body) {
    const declared = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declared?.type === "TSInterfaceDeclaration") {
      interfaces.set(declared.id.name, declared);
      shapes.set(declared.id.name, slice(text, declared.body).replace(/; \}$/, " }"));
    } else if (declared?.type === "TSTypeAliasDeclaration") {
      shapes.set(declared.id.name, slice(text, declared.typeAnnotation));
    }
  }
  return { text, comments, interfaces, shapes };
}

function readMember({ text, comments, shapes }: Source, member: Member, prefix: string): OptionRow {
  if (member.type !== "TSPropertySignature" || member.key.type !== "Identifier" || !member.typeAnnotation) {
    throw new Error("expected plain members");
  }
  const name = prefix + member.key.name;
  const doc = comments.findLast(({ end }) => end <= member.start && text.slice(end, member.start).trim() === "");
  if (!doc?.value.startsWith("*")) throw new Error(`${name}: expected a doc comment`);
  const told = doc.value
    .replaceAll(/\s*\n\s*\*\s?/g, " ")
    .replace(/^\*\s*/, "")
    .trim();
  const [meaning = "", fallback = ""] = told.split(/\s*@default\s+/);
  const type = slice(text, member.typeAnnotation.typeAnnotation)
    .replace(/ \| undefined$/, "")
    .replace(/^\((\(.*\) => .*)\)$/, "$1");
  return {
    name,
    isRequired: !member.optional,
    type: type.startsWith("Partial<") ? type : type.replaceAll(/\b[A-Z]\w*\b/g, (word) => shapes.get(word) ?? word),
    meaning: meaning.replaceAll(/\{@link (\w+)\}/g, "`$1`"),
    fallback,
  };
}

const slice = (text: string, { start, end }: { start: number; end: number }): string =>
  text.slice(start, end).replaceAll(/\s+/g, " ");
