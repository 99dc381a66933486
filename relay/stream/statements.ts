/** Takes SQL apart. */

/** Strings, quoted names and comments, in which a semicolon ends nothing, and the semicolon that ends a statement. */
const TOKEN = /'(?:[^']|'')*'|`[^`]*`|--[^\n]*|;/g;

/** The statements of a text, without comments and without the semicolon. What stands behind the last semicolon is one, too. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let statement = "";
  let from = 0;
  for (const { 0: token, index } of sql.matchAll(TOKEN)) {
    if (token !== ";" && !token.startsWith("--")) continue;
    statement += sql.slice(from, index);
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

/** A statement set goes on to its END. */
function isInSet(statement: string): boolean {
  return /^\s*(?:EXECUTE|EXPLAIN)\s+STATEMENT\s+SET\s+BEGIN\b/i.test(statement) && !/;\s*END\s*$/i.test(statement);
}

/** A string of SQL. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
