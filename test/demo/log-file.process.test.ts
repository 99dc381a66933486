import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { COLUMNS } from "../../demo/replay/log-columns.ts";
import { checkLog, LogError } from "../../demo/replay/log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sightline-log-"));
const HEADER = COLUMNS.join(",");
const ROW = "2019-11-24 00:01:03.979311+00:00,2,2,0,0.045525,a,b,c,d";

afterAll(() => rmSync(folder, { recursive: true }));

function write(...lines: string[]): string {
  const file = join(folder, "log.csv");
  writeFileSync(file, lines.join("\n"));
  return file;
}

const affinity = (value: (n: number) => unknown) => Array.from({ length: 80 }, (_, n) => value(n)).join(",");
const backwards = (line: string) => line.split(",").toReversed().join(",");

const check = (...lines: string[]) => checkLog(write(...lines));
const read = async (...lines: string[]) => Array.fromAsync((await check(...lines)).read());

describe("checkLog", () => {
  test("reads rows with their time to the microsecond", async () => {
    const [first, second] = await read(HEADER, ROW, "2019-11-24 00:01:04+00:00,x,1,1,0.5,a,b,c,e", "");
    expect(first).toEqual({
      timestamp: "2019-11-24T00:01:03.979311Z",
      itemId: "2",
      position: 2,
      clicked: false,
      propensity: 0.045525,
      features: ["a", "b", "c", "d"],
    });
    expect(second).toMatchObject({ timestamp: "2019-11-24T00:01:04.000000Z", itemId: "x", clicked: true });
  });

  test("says which columns it expected and which it got", async () => {
    await expect(read("a,b", "1,2")).rejects.toThrow(LogError);
    await expect(read("a,b", "1,2")).rejects.toThrow(`expected: ${HEADER}, and others, in any order\n  got:      a,b`);
    await expect(read("")).rejects.toThrow("(an empty file)");
  });

  test.each([
    [ROW.replace(",2,2,", ",2,0,"), 'line 3: position: expected a whole number from 1, got "0"'],
    [ROW.replace(",0,", ",yes,"), 'line 3: click: expected 0 or 1, got "yes"'],
    [ROW.replace("0.045525", "1.5"), 'line 3: propensity_score: expected a number above 0 and up to 1, got "1.5"'],
    [ROW.replace("0.045525", "nan"), "line 3: propensity_score"],
    [ROW.replace("11-24", "02-30"), "line 3: timestamp: expected a time such as"],
    [ROW.replace("+00:00", "+09:00"), "line 3: timestamp"],
    [ROW.replace(",2,2,", ",,2,"), "line 3: item_id"],
    [ROW.replace(",c,", ",,"), "line 3: user_feature_2: expected a hashed feature"],
    [`${ROW},more`, "line 3: expected 9 columns, got 10"],
    ['"open', "line 3: Quote Not Closed"],
  ])("names the line and the column of %j", async (row, message) => {
    await expect(read(HEADER, ROW, row)).rejects.toThrow(message);
  });

  test("finds the columns by name, as they are published: an unnamed one before them, others after them, in any order", async () => {
    const header = `,${HEADER},${affinity((n) => `user-item_affinity_${n}`)}`;
    const published = await read(
      header,
      `0,${ROW},${affinity(() => "0.0")}`,
      `1,${ROW.replace(",0,", ",1,")},${affinity(() => 1)}`,
    );
    expect(published).toEqual(await read(HEADER, ROW, ROW.replace(",0,", ",1,")));
    expect(await read(backwards(HEADER), backwards(ROW))).toEqual(await read(HEADER, ROW));
  });

  test("names needed columns that are missing, and those that are there twice", async () => {
    await expect(check(HEADER.replace("click,", ""), ROW)).rejects.toThrow("log.csv: columns are missing: click\n");
    await expect(check(`${HEADER},click,position`, ROW)).rejects.toThrow("more than once: position, click\n");
    await expect(check(`Click,${HEADER.replace("click,", "click ,")}`, ROW)).rejects.toThrow("missing: click\n");
    expect(await read(`,,${HEADER},x,x`, `1,2,${ROW},3,4`)).toHaveLength(1);
  });

  test("counts rows and clicks, and checks every row before it gives any", async () => {
    const rows = [ROW, ROW.replace(",0,", ",1,"), ROW];
    expect(await check(HEADER, ...rows)).toMatchObject({ rows: 3, clicks: 1 });
    await expect(check(HEADER, ...Array.from({ length: 5_000 }, () => ROW), "bad")).rejects.toThrow(
      "line 5002: expected 9 columns",
    );
  });

  test("gives nothing of a file that was changed after it was checked", async () => {
    const file = write(HEADER, ROW, "");
    const log = await checkLog(file);
    appendFileSync(file, `${ROW}\n`);
    await expect(log.read().next()).rejects.toThrow("expected the file as it was checked");
  });

  test("reads a log that is much larger than the memory it may take", async () => {
    const file = write(HEADER, `${ROW}\n`.repeat(50_000));
    const script = `
      import { checkLog } from ${JSON.stringify(new URL("../../demo/replay/log-file.ts", import.meta.url).href)};
      const log = await checkLog(${JSON.stringify(file)});
      let rows = 0;
      for await (const _ of log.read()) rows++;
      console.log(log.rows, rows);`;
    const args = ["--max-old-space-size=24", "--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toBe("50000 50000\n");
  });

  test("names several bad rows at once", async () => {
    await expect(read(HEADER, "x", ROW, "y")).rejects.toThrow(/line 2: .*\n.*line 4: /);
  });

  test("expects rows, and a file", async () => {
    await expect(read(HEADER)).rejects.toThrow("expected rows, got the header alone");
    await expect(checkLog(folder)).rejects.toThrow("expected a file, got a folder");
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    await expect(checkLog(pipe)).rejects.toThrow("got a pipe or a device, which cannot be read twice");
  });
});
