/** Takes SQL apart. */

/** Strings, quoted names, comments and hints, in which a semicolon ends nothing, and the semicolon that ends a statement. */
const TOKEN = /'(?:[^']|'')*'|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|;/g;
const COMMENT = /^(?:--|\/\*(?!\+))/;

/** The statements of a text, without comments and without the semicolon. What stands behind the last semicolon is one, too. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  let from = 0;
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    const isComment = COMMENT.test(token);
    if (token !== ";" && !isComment) continue;
    // The lines of a comment stay, so that a line that Flink names is one of the text.
    statement += sql.slice(from, index) + (isComment ? token.replaceAll(/[^\n]+/g, token.startsWith("--") ? "" : " ") : "");
    from = index + token.length;
    if (token !== ";" || isInSet(statement)) {
      if (token === ";") statement += token;
      continue;
    }
    statements.push(statement.trim());
    statement = "";
  }
  return [...statements, (statement + sql.slice(from)).trim()].filter((one) => one !== "");
}

const SET_BEGINS = /^\s*(?:(?:EXECUTE|EXPLAIN)\s+STATEMENT\s+SET\s+BEGIN\b|BEGIN\s+STATEMENT\s+SET\s*;)/i;

/** A statement set goes on to its END. */
function isInSet(statement: string): boolean {
  return (SET_BEGINS.test(statement) || /^\s*BEGIN\s+STATEMENT\s+SET\s*$/i.test(statement)) && !/;\s*END\s*$/i.test(statement);
}

/** The statements of a statement set, in both of its spellings; undefined where it is none. */
export function membersOf(statement: string): string[] | undefined {
  return SET_BEGINS.test(statement) ? statementsOf(statement.replace(SET_BEGINS, "").replace(/\bEND\s*$/i, "")) : undefined;
}

/** A string of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
