import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { COLUMNS, LogError, readLog } from "../../demo/replay/log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "sightline-log-"));
const HEADER = COLUMNS.join(",");
const ROW = "2019-11-24 00:01:03.979311+00:00,2,2,0,0.045525,a,b,c,d";

afterAll(() => rmSync(folder, { recursive: true }));

function read(...lines: string[]) {
  const file = join(folder, "log.csv");
  writeFileSync(file, lines.join("\n"));
  return readLog(file);
}

describe("readLog", () => {
  it("reads rows with their time to the microsecond", async () => {
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

  it("says which columns were expected and which were got", async () => {
    await expect(read("a,b", "1,2")).rejects.toThrow(LogError);
    await expect(read("a,b", "1,2")).rejects.toThrow(`expected: ${HEADER}\n  got:      a,b`);
    await expect(read("")).rejects.toThrow("(an empty file)");
  });

  it.each([
    [ROW.replace(",2,2,", ",2,0,"), 'line 3: position: a whole number from 1 was expected, got "0"'],
    [ROW.replace(",0,", ",yes,"), 'line 3: click: 0 or 1 was expected, got "yes"'],
    [ROW.replace("0.045525", "1.5"), 'line 3: propensity_score: a number between 0 and 1 was expected, got "1.5"'],
    [ROW.replace("0.045525", "nan"), "line 3: propensity_score"],
    [ROW.replace("11-24", "02-30"), "line 3: timestamp: a time such as"],
    [ROW.replace("+00:00", "+09:00"), "line 3: timestamp"],
    [ROW.replace(",2,2,", ",,2,"), "line 3: item_id"],
    [ROW.replace(",c,", ",,"), "line 3: user_feature_2: a hashed feature was expected"],
    [`${ROW},more`, "line 3: 9 columns were expected, got 10"],
    ['"open', "line 3: Quote Not Closed"],
  ])("names the line and the column of %j", async (row, message) => {
    await expect(read(HEADER, ROW, row)).rejects.toThrow(message);
  });

  it("names several bad rows at once", async () => {
    await expect(read(HEADER, "x", ROW, "y")).rejects.toThrow(/line 2: .*\n.*line 4: /);
  });

  it("expects rows, and a file", async () => {
    await expect(read(HEADER)).rejects.toThrow("rows were expected, got the header alone");
    await expect(readLog(folder)).rejects.toThrow("a file was expected, got a folder");
  });
});
