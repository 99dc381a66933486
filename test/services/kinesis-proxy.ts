/** A proxy in front of Kinesis that plays faults: it may change a request, answer it itself, or cut it off. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { freePort } from "./free-port.ts";

/** A response of Kinesis. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** A request on its way. */
export interface Call {
  /** As `PutRecords`. */
  operation: string;
  body: Record<string, unknown>;
  /** Sends it on, or what is given instead of its body. */
  forward(body?: Call["body"]): Promise<Answer>;
}

/** What the proxy does with a request: a response, or its connection is cut. */
export type Play = (call: Call) => Promise<Answer | "cut">;

/** Lets everything through. */
export const pass: Play = (call) => call.forward();

/** A refusal of a whole request, as AWS writes it. */
export function refusal(type: string, status = 400): Answer {
  return { status, body: { __type: type, message: "played by the test" } };
}

/** Starts it; `play` may be changed at any time. */
export async function startKinesisProxy(target: string) {
  const proxy = { url: "", play: pass, stop };
  const server = createServer(async (request, response) => {
    const headers = { "x-amz-target": String(request.headers["x-amz-target"]), "content-type": "application/x-amz-json-1.1" };
    // The account and the region are in the signature; moto asks no more of it.
    const authorization = String(request.headers.authorization);
    const forward = async (body: Call["body"]): Promise<Answer> => {
      const answer = await fetch(target, { method: "POST", headers: { ...headers, authorization }, body: JSON.stringify(body) });
      const said = await answer.text();
      return { status: answer.status, body: said === "" ? {} : (JSON.parse(said) as Answer["body"]) };
    };
    const body = JSON.parse(await text(request)) as Call["body"];
    const operation = headers["x-amz-target"].split(".")[1] ?? "";
    const answer = await proxy.play({ operation, body, forward: (other = body) => forward(other) });
    if (answer === "cut") request.socket.destroy();
    else response.writeHead(answer.status, { "content-type": headers["content-type"] }).end(JSON.stringify(answer.body));
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  proxy.url = `http://127.0.0.1:${port}`;
  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  return proxy;
}

/** What of a PutRecords request the tests look at. */
export interface PutEntry {
  Data: string;
  PartitionKey: string;
}

/** Passes a PutRecords on without the entries that `isRefused`, and answers for these as a shard that is too busy does. */
export async function refuseSome({ body, forward }: Call, isRefused: (entry: PutEntry) => boolean): Promise<Answer> {
  const entries = body["Records"] as PutEntry[];
  const refused = entries.map(isRefused);
  const taken = entries.filter((_entry, index) => !refused[index]);
  const answers = taken.length === 0 ? [] : ((await forward({ ...body, Records: taken })).body["Records"] as unknown[]);
  const entry = { ErrorCode: "ProvisionedThroughputExceededException", ErrorMessage: "Rate exceeded for shard" };
  const Records = refused.map((isOut) => (isOut ? entry : answers.shift()));
  return { status: 200, body: { FailedRecordCount: refused.filter(Boolean).length, Records } };
}
