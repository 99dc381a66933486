import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readDelivery, writeDelivery } from "../../worker/src/envelope/delivery.ts";
import { deliveryInput, wireText } from "../wire/load.ts";

test("the golden messages make the golden delivery, byte for byte, and are read back", () => {
  expect(writeDelivery(deliveryInput())).toBe(wireText("delivery.txt"));
  expect(readDelivery(wireText("delivery.txt"))).toEqual(deliveryInput());
});

test("bodies of any text are carried as they are", () => {
  const body = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "{", '"', "🍮", " ", "\u2028") });
  const message = fc.record({ id: fc.string(), attempts: fc.nat(), sent_at: fc.string(), body });
  fc.assert(
    fc.property(fc.string(), fc.array(message), (queue, messages) => {
      expect(readDelivery(writeDelivery({ queue, messages }))).toEqual({ queue, messages });
    }),
  );
});

test.for([
  ["nothing", ""],
  ["another version", '{"v":2,"queue":"q","messages":0}'],
  ["a message that ends early", '{"v":1,"queue":"q","messages":1}\n{"id":"a","attempts":1,"sent_at":"","lines":2}\none'],
  ["a message without a header", '{"v":1,"queue":"q","messages":1}\nnot json'],
  ["more than was announced", '{"v":1,"queue":"q","messages":0}\nmore'],
] as const)("%s is no delivery", ([, text]) => {
  expect(() => readDelivery(text)).toThrow(/delivery|message|JSON/i);
});
