export { openSqlite, type Queryable, type SqliteFile } from "../lib/queryable.ts";
