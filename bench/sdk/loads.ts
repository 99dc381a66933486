import type { Page } from "playwright-core";

/** All events in one loop; returns its milliseconds. */
export function trackAll(page: Page): Promise<number> {
  return page.evaluate(() => {
    const start = performance.now();
    for (const event of events) contender.track(event);
    return performance.now() - start;
  });
}

/** Twenty events every 100 ms. */
export function trackPaced(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise((resolve) => {
        let at = 0;
        const timer = setInterval(() => {
          for (const event of events.slice(at, (at += 20))) contender.track(event);
          if (at < events.length) return;
          clearInterval(timer);
          resolve();
        }, 100);
      }),
  );
}

/** All events without a network, a thousand in each of the page's tasks; two seconds later the network is back. */
export async function trackOffline(page: Page): Promise<void> {
  await page.context().setOffline(true);
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        let at = 0;
        const channel = new MessageChannel();
        channel.port1.addEventListener("message", () => {
          for (const event of events.slice(at, (at += 1_000))) contender.track(event);
          if (at < events.length) channel.port2.postMessage(0);
          else resolve();
        });
        channel.port1.start();
        channel.port2.postMessage(0);
      }),
  );
  await page.waitForTimeout(2_000);
  await page.context().setOffline(false);
}

/** Everything is handed over in one loop, and then scrolled through; each screen stays for 1.5 s after it was drawn. */
export async function scrollThrough(page: Page): Promise<void> {
  await trackAll(page);
  await page.evaluate(async () => {
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight * 0.8) {
      scrollTo({ top, behavior: "instant" });
      // The frame that draws it has begun with the second.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  });
}
