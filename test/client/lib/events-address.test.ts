import { expect, test } from "vitest";
import { eventsAddress } from "../../../client/src/lib/events-address.ts";

test.each([
  ["https://c.example", "https://c.example/v1/events"],
  ["https://c.example//", "https://c.example/v1/events"],
  ["https://c.example/v1/events", "https://c.example/v1/events"],
  ["https://c.example/v1/events/", "https://c.example/v1/events"],
  ["https://c.example/e/v1/events", "https://c.example/e/v1/events"],
  ["https://c.example/v1/events/e", "https://c.example/v1/events/e/v1/events"],
  ["/", "/v1/events"],
  ["/e", "/e/v1/events"],
  ["/v1/events", "/v1/events"],
])("events of the endpoint %s go to %s", (endpoint, address) => {
  expect(eventsAddress(endpoint)).toBe(address);
});
