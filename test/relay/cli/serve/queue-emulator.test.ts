import { describe, expect, test } from "vitest";
import { sightline } from "../run.ts";

describe("sightline queue-emulator", () => {
  test("says what it expected of its options", async () => {
    for (const [args, problem] of [
      [["--max-retries", "101"], "--max-retries: expected a whole number from 0 to 100"],
      [["--queue", "a b"], "--queue: expected a queue's name"],
    ] as const) {
      const { code, err } = await sightline(["queue-emulator", ...args], { DATA_DIR: "never-made" });
      expect(code).toBe(2);
      expect(err).toContain(problem);
    }
  });
});
