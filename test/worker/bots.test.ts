import { describe, expect, test } from "vitest";
import { isBot } from "../../worker/src/lib/is-bot.ts";
import { validEvents } from "../wire/load.ts";
import { inProcessCollector } from "./in-process-collector.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const HEADLESS = CHROME.replace("Chrome/", "HeadlessChrome/");

describe("a bot", () => {
  test.for([
    ["a browser", CHROME, undefined, false],
    ["nobody that says so", undefined, undefined, false],
    ["a crawler by its user agent", GOOGLEBOT, undefined, true],
    ["a browser without a head", HEADLESS, undefined, true],
    ["a caller that the edge has verified as one", CHROME, { verifiedBot: true, score: 99 }, true],
    ["a caller that the edge scores as likely automated", CHROME, { verifiedBot: false, score: 29 }, true],
    ["one that it scores as likely human", CHROME, { verifiedBot: false, score: 30 }, false],
    ["one that it has no score of", CHROME, { score: 0 }, false],
    ["a crawler that the edge takes for human", GOOGLEBOT, { score: 99 }, true],
  ] as const)("%s: %s, %o: %s", ([, userAgent, edge, expected]) => {
    expect(isBot(userAgent, edge)).toBe(expected);
    // And once more, from what is remembered.
    expect(isBot(userAgent, edge)).toBe(expected);
  });

  test("is told from others however many user agents came between", () => {
    for (let i = 0; i < 2_500; i++) expect(isBot(`${i % 2 ? GOOGLEBOT : CHROME} ${i}`, undefined)).toBe(i % 2 === 1);
    expect([isBot(GOOGLEBOT, undefined), isBot(CHROME, undefined)]).toEqual([true, false]);
  });
});

describe("what is known of the caller", () => {
  const keys = { wk_page: { tenant_id: "t1", kind: "web", origins: ["*"] }, sk_test: { tenant_id: "t1", kind: "server" } };
  const click = { ...validEvents().find(({ name }) => name === "click")?.event };

  test("flags what a bot sends with a page's key, and nothing else of it", async () => {
    const { post, taken } = inProcessCollector({ keys });
    await post(click, { key: "wk_page", headers: { "user-agent": GOOGLEBOT } });
    await post(click, { key: "wk_page", headers: { "user-agent": CHROME } });
    await post(click, { key: "wk_page", headers: { "user-agent": CHROME }, cf: { botManagement: { score: 2 } } });
    expect(taken().map(({ metadata }) => metadata.flags.includes("bot"))).toEqual([true, false, true]);
  });

  test("does not flag what a backend sends, whose user agent is a program's anyway", async () => {
    const { post, taken } = inProcessCollector({ keys });
    await post(click, { headers: { "user-agent": "curl/8.5.0" } });
    expect(taken()[0]?.metadata.flags).not.toContain("bot");
  });

  test("is its country, and neither its address nor its user agent, on what is taken and on what is refused", async () => {
    const { post, lines } = inProcessCollector({ keys });
    const headers = { "user-agent": `${CHROME} marked-agent`, "cf-connecting-ip": "203.0.113.77" };
    await post({ events: [click, { ...click, item_id: 7 }] }, { key: "wk_page", headers, cf: { country: "NL" } });
    expect([lines.events.length, lines.rejects.length]).toEqual([1, 1]);
    for (const line of [...lines.events, ...lines.rejects]) {
      expect(line).toContain('"country":"NL"');
      expect(line).not.toMatch(/marked-agent|203\.0\.113/);
    }
  });

  test.for(["XX", "T1", "nl", "", undefined])("has no country where the edge says %o", async (country) => {
    const { post, taken } = inProcessCollector({ keys });
    await post(click, { key: "wk_page", cf: { country } });
    expect(taken()[0]?.metadata).not.toHaveProperty("country");
  });
});
