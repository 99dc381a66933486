/** What a page goes through. */
export interface PageHooks {
  /** Once: the page is there for a user; at once, or at the activation of a prerendered page. */
  start(): void;
  /** The user can see it. */
  show(): void;
  /** The user cannot see it any more. On phones this is often the last that a page hears. */
  hide(): void;
  /** It goes, for good or into the back/forward cache. */
  leave(): void;
  /** It came back from the back/forward cache. */
  back(): void;
  /** The browser thinks that there is a network again. */
  online(): void;
}

/** Where a page is in its life. */
export interface Page {
  isStarted(): boolean;
  /** True from `pagehide` on, until the page comes back. */
  isLeaving(): boolean;
  /** Calls no hook any more. */
  stop(): void;
}

/** Follows the page's life by `visibilitychange`, `pagehide` and `pageshow`; never by `unload`, which keeps it out of the cache. */
export function followPage(hooks: PageHooks): Page {
  const abort = new AbortController();
  const { signal } = abort;
  let started = false;
  let leaving = false;

  const showOrHide = (): void => (document.hidden ? hooks.hide() : hooks.show());

  function start(): void {
    started = true;
    document.addEventListener("visibilitychange", showOrHide, { signal });
    addEventListener("pagehide", () => ((leaving = true), hooks.leave()), { signal });
    addEventListener("online", hooks.online, { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && back(), { signal });
    hooks.start();
    if (!document.hidden) hooks.show();
  }

  function back(): void {
    leaving = false;
    hooks.back();
    if (!document.hidden) hooks.show();
  }

  // https://developer.mozilla.org/docs/Web/API/Document/prerendering
  if ("prerendering" in document && document.prerendering === true) {
    document.addEventListener("prerenderingchange", start, { signal, once: true });
  } else start();

  return { isStarted: () => started, isLeaving: () => leaving, stop: () => abort.abort() };
}
