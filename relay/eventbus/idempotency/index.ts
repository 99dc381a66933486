export { type IdempotentOptions, idempotent, idempotentInTransaction } from "./idempotent.ts";
export type { IdempotencyKeyStore } from "./key-store.ts";
export { redisKeyStore } from "./redis-keys.ts";
export { cleanKeys, migrateKeys, postgresKeyStore, sqliteKeyStore, takeKey } from "./sql-keys.ts";
