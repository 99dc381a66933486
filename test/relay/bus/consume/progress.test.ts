import { afterEach, expect, test, vi } from "vitest";
import { createProgress, type Positions, type Progress } from "../../../../relay/bus/consume/progress.ts";

const made: Progress[] = [];
afterEach(() => made.splice(0).forEach((progress) => progress.close()));

function setUp({
  commitEvery = 1_000_000,
  intervalMs = 1_000_000,
  commit = async () => {},
}: Partial<Parameters<typeof createProgress>[0]> = {}) {
  const commits: Record<string, bigint>[] = [];
  const errors: Error[] = [];
  const progress = createProgress({
    commitEvery,
    intervalMs,
    async commit(positions: Positions) {
      await commit(positions);
      commits.push(Object.fromEntries(positions));
    },
    onError: (error) => void errors.push(error),
  });
  made.push(progress);
  return { progress, commits, errors };
}

test("commits the last position before the first that has not ended, whatever ended after it", async () => {
  const { progress, commits } = setUp();
  const acks = [5n, 6n, 9n].map((position) => progress.handOut("a/0", position));
  acks[1]!();
  acks[2]!();
  await progress.flush();
  expect(commits).toEqual([]);
  acks[0]!();
  await progress.flush();
  await progress.flush();
  expect(commits).toEqual([{ "a/0": 9n }]);
  expect(progress.unfinished).toBe(0);
});

test("positions without records move it on, but not over what has not ended", async () => {
  const { progress, commits } = setUp();
  progress.pass("a/0", 3n);
  const ack = progress.handOut("a/0", 4n);
  progress.pass("a/0", 7n);
  await progress.flush();
  ack();
  await progress.flush();
  expect(commits).toEqual([{ "a/0": 3n }, { "a/0": 7n }]);
});

test("commits by itself after so many acknowledged records, and after a while", async () => {
  const byCount = setUp({ commitEvery: 3 });
  const acks = [1n, 2n, 3n, 4n].map((position) => byCount.progress.handOut("a/0", position));
  acks[0]!();
  acks[1]!();
  expect(byCount.commits).toEqual([]);
  acks[2]!();
  await vi.waitFor(() => expect(byCount.commits).toEqual([{ "a/0": 3n }]));
  const byTime = setUp({ intervalMs: 5 });
  byTime.progress.handOut("a/0", 1n)();
  await vi.waitFor(() => expect(byTime.commits).toEqual([{ "a/0": 1n }]));
});

test("an ack of a lane that is somebody else's is nothing, also where the lane comes back", async () => {
  const { progress, commits } = setUp();
  const old = progress.handOut("a/0", 1n);
  progress.drop(["a/0", "never/0"]);
  expect(progress.unfinished).toBe(0);
  const fresh = progress.handOut("a/0", 1n);
  progress.handOut("a/0", 2n)();
  old();
  await progress.flush();
  expect(commits).toEqual([]);
  fresh();
  fresh();
  await progress.flush();
  expect(commits).toEqual([{ "a/0": 2n }]);
  expect(progress.unfinished).toBe(0);
});

test("what could not be committed is committed with the next try, and a later commit waits for the one before", async () => {
  let fail = true;
  const order: string[] = [];
  const commit = async (positions: Positions) => {
    order.push(`begin ${positions.get("a/0")}`);
    await Promise.resolve();
    order.push(`end ${positions.get("a/0")}`);
    if (fail) throw new Error("not now");
  };
  const { progress, commits, errors } = setUp({ commit, commitEvery: 1 });
  progress.handOut("a/0", 1n)();
  await vi.waitFor(() => expect(errors.map(String)).toEqual(["Error: not now"]));
  fail = false;
  progress.handOut("a/0", 2n)();
  progress.handOut("a/0", 3n)();
  await progress.flush();
  expect(commits.at(-1)).toEqual({ "a/0": 3n });
  expect(order.filter((_, n) => n % 2 === 0).map((begin) => begin.replace("begin", "end"))).toEqual(
    order.filter((_, n) => n % 2 === 1),
  );
});

test("thousands that end in any order leave nothing behind", async () => {
  const { progress, commits } = setUp();
  const acks = Array.from({ length: 5_000 }, (_, n) => progress.handOut("a/0", BigInt(n)));
  for (const ack of acks.toSorted(() => Math.random() - 0.5)) ack();
  await progress.flush();
  expect(commits).toEqual([{ "a/0": 4_999n }]);
});

test("a lane that has begun is committed where it stands, be it finished or not, and not once it is somebody else's", async () => {
  const { progress, commits } = setUp();
  progress.begin("a/0", 4n);
  const ack = progress.handOut("a/0", 5n);
  await progress.flush();
  expect(commits).toEqual([]);
  await progress.commitLane("a/0");
  ack();
  await progress.commitLane("a/0");
  expect(commits).toEqual([{ "a/0": 4n }, { "a/0": 5n }]);
  progress.drop(["a/0"]);
  await expect(progress.commitLane("a/0")).rejects.toThrow("a/0 is not this member's");
});
