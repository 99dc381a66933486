/** The hand of a visitor on a page: a mouse, a wheel and the back button, at the speed of people. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Random } from "./random.ts";

/** A visitor's hand. */
export interface Hand {
  /** Does nothing for a while, in seconds. */
  pause(from: number, to: number): Promise<void>;
  /** Turns the wheel until all of an element's height can be seen. */
  scrollTo(selector: string): Promise<void>;
  /** Turns the wheel sideways over an element. */
  scrollAside(selector: string, pixels: number): Promise<void>;
  /** Presses and releases the mouse on an element that can be seen. */
  click(selector: string): Promise<void>;
  /** Presses a link, and waits until its page begins. */
  follow(selector: string): Promise<void>;
  /** Goes back in the tab's history, and waits until that page is there. */
  back(): Promise<void>;
}

/** Pixels of a turn of the wheel, and the seconds to the next one. */
const TURN = 120;
const TURN_SECONDS = [0.03, 0.08] as const;

/** Makes the hand on a page. */
export function createHand(page: Page, random: Random): Hand {
  const pause: Hand["pause"] = (from, to) => sleep(random.between(from, to) * 1000);

  async function boxOf(selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await page.locator(selector).first().boundingBox();
    if (!box) throw new Error(`expected ${selector} on ${page.url()}`);
    return box;
  }

  async function pointAt(selector: string): Promise<void> {
    const { x, y, width, height } = await boxOf(selector);
    const [across, down] = [random.between(0.3, 0.7), random.between(0.3, 0.7)];
    await page.mouse.move(x + width * across, y + height * down, { steps: 5 });
    await pause(0.1, 0.4);
  }

  async function click(selector: string): Promise<void> {
    await pointAt(selector);
    await page.mouse.down();
    await pause(0.05, 0.12);
    await page.mouse.up();
  }

  return {
    pause,
    click,
    async scrollTo(selector) {
      await page.locator(selector).first().waitFor();
      const height = page.viewportSize()?.height ?? 720;
      for (let turns = 0; turns < 100; turns++) {
        const box = await boxOf(selector);
        const isAbove = box.y < 0;
        if (!isAbove && box.y + box.height <= height) return;
        await page.mouse.wheel(0, isAbove ? -TURN : TURN);
        await pause(...TURN_SECONDS);
      }
      throw new Error(`expected ${selector} of ${page.url()} to come into view`);
    },
    async scrollAside(selector, pixels) {
      await pointAt(selector);
      for (let turned = 0; turned < pixels; turned += TURN) {
        await page.mouse.wheel(TURN, 0);
        await pause(...TURN_SECONDS);
      }
    },
    async follow(selector) {
      const before = page.url();
      await click(selector);
      await page.waitForURL(({ href }) => href !== before, { waitUntil: "commit" });
    },
    async back() {
      await page.goBack({ waitUntil: "commit" });
    },
  };
}
