/** A function of the page that wants the SDK. */
export type Callback<Api> = (api: Api) => void;

/** What `window.sightline` is once the SDK is there. */
export type Installed<Api> = Api & {
  /** Runs each function at once. One that throws is told on the console and stops nothing. */
  push(...callbacks: Callback<Api>[]): void;
};

/**
 * Takes over the queue that the page has put into `scope.sightline`: runs what waits in it, in order, and what is pushed later at once.
 * Where another copy of the script has done so before, nothing happens.
 */
export function installQueue<Api extends object>(scope: { sightline?: unknown }, api: Api): void {
  const { sightline: found } = scope;
  const isQueue = Array.isArray(found);
  if (!isQueue && typeof (found as Partial<Installed<Api>> | undefined)?.push === "function") return;

  const waiting: Callback<Api>[] = isQueue ? found : [];
  let isOpen = false;
  const run = (callback: Callback<Api>): void => {
    try {
      callback(api);
    } catch (error) {
      console.error("[sightline] a function that was pushed has thrown.", error);
    }
  };
  // What one of those that wait pushes comes after them all.
  const push = (...callbacks: Callback<Api>[]): void => callbacks.forEach((each) => (isOpen ? run(each) : waiting.push(each)));
  scope.sightline = { ...api, push } satisfies Installed<Api>;
  // The loop meets what is added while it runs.
  for (const callback of waiting) run(callback);
  isOpen = true;
  // A script may have kept the array.
  waiting.push = (...callbacks) => (push(...callbacks), waiting.length);
}
