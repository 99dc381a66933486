import { useInsertionEffect, useState } from "react";
import type { RequestJson, SightlineRequest } from "../tracker/request.ts";
import { useScope } from "./use-scope.ts";

/** What {@link useRequest} takes. When one of these changes, it is another request. */
export interface UseRequestOptions {
  /** Dotted name of the place that asks, for example `home.top_picks`. */
  surface: string;
  /** The id that the server gave. @default a new id */
  requestId?: string | undefined;
  /** The request as the server's rendering, or an earlier page, wrote it: hydration then makes no new id. It goes before the others. */
  json?: RequestJson | undefined;
  /** Tells several of one surface apart that are mounted in the same moment; without it they share one request. @default none */
  key?: string | undefined;
}

/**
 * The component's request: one for each mount, the same over all renders, StrictMode's double ones and those after a suspense included.
 * A refetch is another request: give the component another `key`, or this hook.
 */
export function useRequest({ surface, requestId, json, key }: UseRequestOptions): SightlineRequest {
  const scope = useScope();
  const name = [surface, json?.id ?? requestId, key].join(" ");
  const open = () => {
    const { tracker, pending } = scope;
    const request = json ? tracker.resume(json) : (pending.get(name) ?? tracker.request({ surface, requestId }));
    pending.set(name, request);
    return { scope, name, request };
  };

  // State and not useMemo, which a hot reload computes again: that would log every exposure twice.
  const [opened, setOpened] = useState(open);
  let current = opened;
  if (opened.scope !== scope || opened.name !== name) setOpened((current = open()));

  // Committed: the next mount gets a request of its own. This kind of effect runs under a hidden Activity too, and is silent on a server.
  useInsertionEffect(() => {
    if (scope.pending.get(name) === current.request) scope.pending.delete(name);
  }, [scope, name, current.request]);
  return current.request;
}
