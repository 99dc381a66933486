/** Leases in a table of DynamoDB. */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ResourceInUseException,
  UpdateItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { Checkpoint, Lease, LeaseTable } from "./leases.ts";

/** How long a table may take until it is there, seconds. */
const TABLE_SECONDS = 60;

/** Makes the table where it does not exist. */
export async function ensureTable(client: DynamoDBClient, TableName: string): Promise<void> {
  const command = new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [
      { AttributeName: "group", KeyType: "HASH" },
      { AttributeName: "name", KeyType: "RANGE" },
    ],
    AttributeDefinitions: [
      { AttributeName: "group", AttributeType: "S" },
      { AttributeName: "name", AttributeType: "S" },
    ],
  });
  const isThere = await hasTable(client, TableName);
  if (isThere) return;
  await client.send(command).catch((error: unknown) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  await waitUntilTableExists({ client, maxWaitTime: TABLE_SECONDS, minDelay: 1 }, { TableName });
}

/** Asked by a query of nothing: whoever uses a table has that right, and need not have those of its owner. */
async function hasTable(client: DynamoDBClient, TableName: string): Promise<boolean> {
  try {
    await query(client, TableName, "", 1);
    return true;
  } catch (error) {
    if ((error as Error).name === "ResourceNotFoundException") return false;
    throw error;
  }
}

/** The rows of a group; the table is there. */
export function leasesInDynamoDb(client: DynamoDBClient, TableName: string, group: string): LeaseTable {
  const keyOf = (name: string) => ({ group: { S: group }, name: { S: name } });
  /** False where the condition does not hold. */
  const update = async (
    name: string,
    set: string,
    condition: string,
    values: Record<string, AttributeValue>,
  ): Promise<boolean> => {
    const command = new UpdateItemCommand({
      TableName,
      Key: keyOf(name),
      UpdateExpression: `${set} ADD #counter :one`,
      ConditionExpression: condition,
      // Names of its own, since `counter` and `owner` may be words of the language.
      ExpressionAttributeNames: Object.fromEntries(
        ["owner", "counter", "checkpoint"]
          .filter((word) => `${set}${condition}#counter`.includes(`#${word}`))
          .map((word) => [`#${word}`, word]),
      ),
      ExpressionAttributeValues: { ...values, ":one": { N: "1" } },
    });
    return holds(client.send(command));
  };
  return {
    async list() {
      return (await query(client, TableName, group)).map(toLease);
    },
    async create({ name, owner, counter, checkpoint }) {
      const Item = {
        ...keyOf(name),
        counter: { N: String(counter) },
        checkpoint: { S: JSON.stringify(checkpoint) },
        ...(owner === undefined ? {} : { owner: { S: owner } }),
      };
      const names = { "#name": "name" };
      const command = new PutItemCommand({
        TableName,
        Item,
        ConditionExpression: "attribute_not_exists(#name)",
        ExpressionAttributeNames: names,
      });
      await holds(client.send(command));
    },
    take: ({ name, counter }, owner) =>
      update(name, "SET #owner = :owner", "#counter = :counter", { ...own(owner), ":counter": { N: String(counter) } }),
    renew: (name, owner) => update(name, "", "#owner = :owner", own(owner)),
    commit: (name, owner, checkpoint) =>
      update(name, "SET #checkpoint = :checkpoint", "#owner = :owner", {
        ...own(owner),
        ":checkpoint": { S: JSON.stringify(checkpoint) },
      }),
    release: (name, owner) => update(name, "REMOVE #owner", "#owner = :owner", own(owner)),
    async remove(name) {
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(name) }));
    },
  };
}

const own = (owner: string) => ({ ":owner": { S: owner } });

type Item = Record<string, AttributeValue>;

async function query(client: DynamoDBClient, TableName: string, group: string, Limit?: number): Promise<Item[]> {
  const items: Item[] = [];
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: "#group = :group",
        ExpressionAttributeNames: { "#group": "group" },
        // An empty key is none.
        ExpressionAttributeValues: { ":group": { S: group || "-" } },
        ...(Limit === undefined ? {} : { Limit }),
        ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}

function toLease({ name, owner, counter, checkpoint }: Item): Lease {
  return {
    name: name?.S ?? "",
    owner: owner?.S,
    counter: Number(counter?.N ?? 0),
    checkpoint: JSON.parse(checkpoint?.S ?? '"beginning"') as Checkpoint,
  };
}

async function holds(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
