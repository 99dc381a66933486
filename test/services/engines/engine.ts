/**
 * What the tests that run in several browser engines need of one: a browser as a user has it, with tabs that go to the background, a
 * back/forward cache, and data that outlive it. Each engine is driven by what drives it best; what one cannot do, it names.
 */

/** The engines. */
export type EngineName = "chromium" | "firefox" | "webkit";

/** What an engine may not be able to do here. */
export type Ability = "background tab" | "back/forward cache" | "user data";

/** What an engine is here: its browser's version, such as `Firefox 153.8.0esr`, or the reason why there is none. */
export type EngineService = { version: string } | { missing: string };

/** A kind of browser. */
export interface Engine {
  name: EngineName;
  /** Abilities that it lacks here, each with the reason: a test that needs one is skipped with it. */
  cannot: Readonly<Partial<Record<Ability, string>>>;
  /**
   * Looks for it, and has it installed where that is possible; started nothing yet. Throws where none can be had although
   * SIGHTLINE_REQUIRE_SERVICES=1 says that it must.
   */
  find(): Promise<EngineService>;
  /**
   * Starts a browser with new user data, or with what an earlier one left in `userDataDir`: its IndexedDB and localStorage. Resolves when it
   * can open tabs; rejects where there is none. It ends with this process, also where this one is killed.
   */
  launch(options?: { userDataDir?: string }): Promise<EngineBrowser>;
}

/** A running browser. */
export interface EngineBrowser {
  /**
   * Opens a tab on an empty page, in front of the others, which are hidden from then on; with `inBackground` it is itself hidden, and was
   * never shown (the ability "background tab").
   */
  newTab(options?: { inBackground?: boolean }): Promise<Tab>;
  /** SIGKILL to every process of it at once, as a crash or a power cut ends them; resolves when all are gone. Its user data stay until `close`. */
  kill(): Promise<void>;
  /** Ends it, unless it has ended, and removes its user data where they were made here. */
  close(): Promise<void>;
}

/** A tab of a browser. */
export interface Tab {
  /** Goes to an address as a user does who enters it: the page that is left gets `pagehide`. Resolves when the new page has loaded. */
  goto(url: string): Promise<void>;
  /**
   * Runs a function in the page and returns what it returns or resolves with, as JSON carries it. It is sent as text: all that it uses comes in
   * `arg`, which is JSON too. Rejects where the function throws, and where the page goes meanwhile.
   */
  evaluate<R>(fn: () => R): Promise<Awaited<R>>;
  evaluate<R, A>(fn: (arg: A) => R, arg: A): Promise<Awaited<R>>;
  /** The Back button. Resolves when the page before is shown again, from the back/forward cache where the browser has kept it. */
  back(): Promise<void>;
  /** Closes it as a user does: `visibilitychange` and `pagehide` run in the page, and nothing waits for what they have begun. */
  close(): Promise<void>;
  /** Puts it in front of the browser's other tabs, which are hidden then; resolves when its page is visible. */
  inFront(): Promise<void>;
}
