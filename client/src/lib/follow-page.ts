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

/**
 * Follows the page's life by `visibilitychange`, `pagehide` and `pageshow`; never by `unload`, which keeps it out of the cache. Returns
 * what ends that.
 */
export function followPage(hooks: PageHooks): () => void {
  const abort = new AbortController();
  const on = (target: EventTarget, type: string, act: (event: PageTransitionEvent) => void): void =>
    target.addEventListener(type, act as EventListener, { signal: abort.signal });
  const look = (): void => (document.hidden ? hooks.hide() : hooks.show());

  function start(): void {
    on(document, "visibilitychange", look);
    on(window, "pagehide", hooks.leave);
    on(window, "pageshow", ({ persisted }) => {
      if (!persisted) return;
      hooks.back();
      look();
    });
    on(window, "online", hooks.online);
    hooks.start();
    look();
  }

  // https://developer.mozilla.org/docs/Web/API/Document/prerendering
  if ((document as { prerendering?: boolean }).prerendering) on(document, "prerenderingchange", start);
  else start();
  return () => abort.abort();
}
