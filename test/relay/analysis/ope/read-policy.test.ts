import { describe, expect, test } from "vitest";
import { readPolicy } from "../../../../relay/analysis/ope/read-policy.ts";

describe("a policy is read", () => {
  const expected = [
    ["a", 1, 0.25],
    ['b, "c"', 1, 0.75],
    ["d", 1, 0],
    ["a", 2, 1],
    ["a", 3, undefined],
  ] as const;
  test.for([
    [
      "lines of JSON",
      '{"item_id":"a","position":1,"probability":0.25}\n{"item_id":"b, \\"c\\"","position":1,"probability":0.75}\n\n{"item_id":"a","position":2,"probability":1}\n',
    ],
    ["CSV in any order of columns", 'position,item_id,other,probability\r\n1,a,,0.25\r\n1,"b, ""c""",x,0.75\r\n2,a,,1\r\n'],
    ["CSV without a newline at its end", 'item_id,position,probability\na,1,0.25\n"b, ""c""",1,0.75\na,2,1'],
  ] as const)("from %s", ([, text]) => {
    const policy = readPolicy(text);
    expect(expected.map(([item, position]) => [item, position, policy.probability(item, position)])).toEqual(expected);
  });

  test.for([
    ["", "line 1: expected a header with item_id, position, probability, or lines of JSON"],
    ["item_id,position\na,1", "line 1: expected a header with item_id, position, probability, or lines of JSON"],
    ["item_id,position,probability\n", "expected rows of item_id, position and probability, got none"],
    ["item_id,position,probability\na,1,0.5\nb,1,0.4\n", "position 1: expected probabilities that add up to 1, got 0.9"],
    ["item_id,position,probability\na,1,0.5\na,1,0.5\n", "line 3: expected each item once at a position, got a again"],
    ["item_id,position,probability\na,1,1.5\n", "line 2: probability: expected at most 1"],
    ["item_id,position,probability\na,0,1\n", "line 2: position: expected at least 1"],
    ["item_id,position,probability\na,1,\n", "line 2: probability: expected a number"],
    [
      'item_id,position,probability\n"a,1,1\n',
      "line 2: expected cells between commas, with quotes around the whole of one or none",
    ],
    ['{"item_id":"a","position":1,"probability":1}\n{"item_id":', "line 2: expected a line of JSON"],
    ['{"item_id":"a","position":1}', "line 1: probability: expected a number"],
    ['{"item_id":"a","position":1,"probability":1,"p":1}', "line 1: row: expected no p"],
  ] as const)("or refused: %j", ([text, message]) => {
    expect(() => readPolicy(text)).toThrow(new Error(message));
  });
});
