import { describe, expect, test } from "vitest";
import { readPolicy } from "../../../../relay/cli/keys/policy-options.ts";

const origins = (text: string) => readPolicy({ tenant: "t1", kind: "web", origins: text }, undefined);

describe("origins of a key", () => {
  test("are those that browsers send, of pages, apps and extensions", () => {
    const sent = [
      "https://shop.example",
      "http://127.0.0.1:8080",
      "capacitor://localhost",
      "chrome-extension://abcdefgh",
      "https://xn--mller-kva.example",
    ];
    expect(origins(sent.join(", "))).toMatchObject({ origins: sent });
    expect(origins("*")).toMatchObject({ origins: ["*"] });
  });

  test.for([
    ["https://shop.example:443", "https://shop.example"],
    ["http://shop.example:80", "http://shop.example"],
    ["https://müller.example", "https://xn--mller-kva.example"],
    ["https://Shop.example", "https://shop.example"],
    ["https://shop.example/", "https://shop.example"],
    ["https://shop.example/path?q", "https://shop.example"],
  ] as const)("that no browser sends are refused, with what it sends: %s", ([text, sent]) => {
    expect(() => origins(`https://a.example,${text}`)).toThrow(`--origins: a browser sends ${sent}, and never ${text}`);
  });

  test.for(["shop.example", "https://", "https://*.example"])("that are none are refused: %s", (text) => {
    expect(() => origins(text)).toThrow(/^--origins: expected origins as browsers send them/);
  });
});
