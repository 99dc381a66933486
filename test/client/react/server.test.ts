import { createElement, Suspense, type ReactNode } from "react";
import { renderToReadableStream, renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import { createTracker } from "../../../client/src/index.ts";
import { SightlineProvider, useExposure, useRequest, useTracker } from "../../../client/src/react/index.ts";

const tracker = createTracker({ endpoint: "/", writeKey: "wk_demo", unit: { type: "user", id: "u_1" } });
const provided = (child: ReactNode): ReactNode => createElement(SightlineProvider, { tracker }, child);

const Id = (): string => useRequest({ surface: "home" }).id;

const Card = (): ReactNode => {
  const request = useRequest({ surface: "home" });
  const ref = useExposure(request, { itemId: "a", position: 1 });
  request.exposed([{ itemId: "a", position: 1 }]);
  return createElement("div", { ref }, String(useTracker().stats().tracked));
};

test("a tracker that serves all users of a server gives each rendering an id of its own", () => {
  const ids = [1, 2, 3].map(() => renderToString(provided(createElement(Id))));
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[\w-]{8,64}$/);
});

test("a component that suspends on the server keeps its id", async () => {
  const seen: string[] = [];
  const calls = new Map<string, Promise<void>>();
  const answered = new Set<string>();
  const List = (): string => {
    const { id } = useRequest({ surface: "home" });
    seen.push(id);
    if (!calls.has(id))
      calls.set(
        id,
        Promise.resolve().then(() => void answered.add(id)),
      );
    if (!answered.has(id)) throw calls.get(id);
    return `answered ${id}`;
  };
  const stream = await renderToReadableStream(provided(createElement(Suspense, null, createElement(List))));
  await stream.allReady;
  expect(await new Response(stream).text()).toContain("answered");
  expect(seen.length).toBeGreaterThanOrEqual(2);
  expect(new Set(seen).size).toBe(1);
});

test("without a provider it is said on the console, nothing is recorded and nothing thrown", () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  expect(renderToString(createElement(Card))).toBe("<div>0</div>");
  expect(said).toHaveBeenCalledWith(expect.stringContaining("SightlineProvider"));
  said.mockRestore();
});
