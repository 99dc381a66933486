import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BusRecord } from "../../../../relay/bus/port/bus.ts";
import { createLocalBus } from "../../../../relay/bus/adapters/local/local.ts";
import { deadLetterOf, deadLetterOfText } from "./dead-letters.ts";
import { envelope } from "../../queue.ts";
import { sightline } from "../run.ts";

let DATA_DIR: string;
beforeEach(() => void (DATA_DIR = mkdtempSync(join(tmpdir(), "sightline-dlq-"))));
afterEach(() => rmSync(DATA_DIR, { recursive: true }));

const fill = async (...records: BusRecord[]): Promise<void> => {
  const bus = createLocalBus({ dataDir: DATA_DIR, dlqSuffix: ".dlq" });
  await bus.publish({ number: 1, records });
  await bus.close();
};
const dlq = (...args: string[]) => sightline(["dlq", ...args], { DATA_DIR });
const rows = async (...args: string[]) => {
  const { out } = await dlq("list", "--json", ...args);
  return out === ""
    ? []
    : out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
};

const ids = async (...args: string[]) => (await rows(...args)).map(({ event_id }) => event_id);

const three = () => [
  deadLetterOf(envelope({ id: "event-01" })),
  deadLetterOf(envelope({ id: "event-02", event_type: "click" }), {
    error_code: "event_id_conflict",
    failed_at: "2026-01-02T10:00:00.000Z",
  }),
  deadLetterOf(envelope({ id: "event-03" }), { failed_at: new Date().toISOString() }),
];

describe("sightline dlq list", () => {
  test("shows how many dead letters there are of each topic and error, then each of them", async () => {
    await fill(...three());
    const { code, out } = await dlq("list");
    expect(code).toBe(0);
    expect(out).toMatch(/ 2 {2}rec\.exposure\.recorded\.v1\.dlq +topic_unavailable +2026-01-01T10:00:00\.000Z/);
    expect(out).toMatch(/ 1 {2}rec\.outcome\.recorded\.v1\.dlq +event_id_conflict/);
    expect(out).toMatch(
      /\nrec\.outcome\.recorded\.v1\.dlq\/0\/2 +2026-01-02T10:00:00\.000Z +event_id_conflict +click +t1 +event-02\n/,
    );
  });

  test("with --summary shows the counts alone", async () => {
    await fill(...three());
    expect((await dlq("list", "--summary")).out).not.toContain("event-02");
    expect(JSON.parse((await dlq("list", "--summary", "--json")).out)).toMatchObject([
      { topic: "rec.exposure.recorded.v1.dlq", error_code: "topic_unavailable", letters: 2 },
      { topic: "rec.outcome.recorded.v1.dlq", error_code: "event_id_conflict", letters: 1 },
    ]);
  });

  test("with --json prints a dead letter a line", async () => {
    await fill(...three());
    expect((await rows())[1]).toEqual({
      id: "rec.outcome.recorded.v1.dlq/0/2",
      event_id: "event-02",
      event_type: "click",
      tenant_id: "t1",
      original_channel: "rec.outcome.recorded.v1",
      error_type: "refused",
      error_code: "event_id_conflict",
      error_message: "the topic is not there",
      failed_at: "2026-01-02T10:00:00.000Z",
      superseded_by: null,
    });
  });

  test("shows only what is asked for: of a topic, an error, a time", async () => {
    await fill(...three());
    expect(await ids("--topic", "rec.exposure.recorded.v1")).toEqual(["event-01", "event-03"]);
    expect(await ids("--topic", "rec.outcome.recorded.v1.dlq")).toEqual(["event-02"]);
    expect(await ids("--error", "topic_unavailable")).toEqual(["event-01", "event-03"]);
    expect(await ids("--since", "1h")).toEqual(["event-03"]);
    expect(await ids("--since", "2026-01-02")).toEqual(["event-02", "event-03"]);
  });

  test("says so where there is none, or no bus yet", async () => {
    expect(await dlq("list")).toMatchObject({ code: 0, out: "no dead letters\n" });
  });

  test("names a record that is no dead letter, and ends with 1", async () => {
    await fill({ topic: "rec.exposure.recorded.v1.dlq", key: "k", value: Buffer.from("{}"), headers: {} }, ...three());
    const { code, out, err } = await dlq("list", "--json");
    expect(code).toBe(1);
    expect(out.trim().split("\n")).toHaveLength(3);
    expect(err).toMatch(/rec\.exposure\.recorded\.v1\.dlq\/0\/1: expected a dead letter/);
  });

  test("a dead letter cannot move the terminal's cursor or forge a line", async () => {
    await fill(deadLetterOf(envelope({ id: "event-01\u001B[2J\nforged" })));
    expect((await dlq("list")).out).toContain("event-01\\u001b[2J\\u000aforged");
  });

  test.for([
    [["--topic", "nothing.v1"], /--topic: expected one of .*, got nothing\.v1/],
    [["--since", "yesterday"], /--since: expected a time such as 2h, 7d or 2026-01-31T10:00:00Z .*, got yesterday/],
  ] as const)("called with %j it says what it expected, and ends with 2", async ([args, said]) => {
    const { code, err } = await dlq("list", ...args);
    expect(code).toBe(2);
    expect(err).toMatch(said);
  });
});

describe("sightline dlq show", () => {
  test("shows why a dead letter is one, and apart from that the original", async () => {
    await fill(deadLetterOf(envelope({ id: "event-01" })));
    const { code, out } = await dlq("show", "rec.exposure.recorded.v1.dlq/0/1");
    expect(code).toBe(0);
    const [, why = "", original = ""] = /\nwhy\n(.*)\nrecord\n.*\noriginal\n(.*)/s.exec(out) ?? [];
    expect(JSON.parse(why)).toMatchObject({ error_code: "topic_unavailable", original_channel: "rec.exposure.recorded.v1" });
    expect(JSON.parse(original)).toEqual(envelope({ id: "event-01" }));
  });

  test("with --json gives the original's bytes as they were", async () => {
    await fill(deadLetterOfText('{"a": 1.0}\n', "invalid_envelope", "t1"));
    const { out } = await dlq("show", "edge.event.rejected.v1.dlq/0/1", "--json");
    expect(JSON.parse(out)).toMatchObject({
      id: "edge.event.rejected.v1.dlq/0/1",
      key: "message-1",
      metadata: { error_code: "invalid_envelope", details: { tenant_id: "t1" } },
      original: '{"a": 1.0}\n',
    });
  });

  test("what is no JSON is shown line by line, without characters that move the cursor", async () => {
    await fill(deadLetterOfText("first\nsecond\u001B[2J", "undecodable_pack"));
    expect((await dlq("show", "edge.event.rejected.v1.dlq/0/1")).out).toMatch(/\noriginal\n {2}first\n {2}second\\u001b\[2J\n$/);
  });

  test("ends with 1 if the dead letter is gone, with 2 if the id is none", async () => {
    await fill(...three());
    expect(await dlq("show", "rec.exposure.recorded.v1.dlq/0/9")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no dead letter"),
    });
    expect(await dlq("show", "event-01")).toMatchObject({
      code: 2,
      err: expect.stringContaining("sightline dlq list shows them"),
    });
    expect(await dlq("show")).toMatchObject({ code: 2, err: expect.stringContaining("usage: sightline dlq show") });
  });
});
