/** Finds folders that import each other, in a circle of any length: where there is one, none of its folders can be read alone. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "oxc-parser";

/** A file of one folder that imports a file of another. */
export interface Import {
  file: string;
  imports: string;
}

/** Files by the names that a package exports them under, as `@sightline/worker/pack`. */
export type Packages = ReadonlyMap<string, string>;

/** Every import of a file of another folder; `files` are paths from `root`. Those of types count, and those that come later. */
export function importsOf(root: string, files: readonly string[], packages: Packages = new Map()): Import[] {
  return files.flatMap((file) =>
    requestsOf(join(root, file))
      .flatMap((name) => (name.startsWith(".") ? normalize(join(dirname(file), name)) : (packages.get(name) ?? [])))
      .filter((imports) => dirname(imports) !== dirname(file))
      .map((imports) => ({ file, imports })),
  );
}

/** The circles, each as the imports that close it, the shortest first. */
export function folderCycles(imports: readonly Import[]): Import[][] {
  const graph = new Map<string, Map<string, Import>>();
  for (const one of imports) {
    const edges = graph.get(dirname(one.file)) ?? new Map<string, Import>();
    graph.set(dirname(one.file), edges);
    if (!edges.has(dirname(one.imports))) edges.set(dirname(one.imports), one);
  }
  const cycles = new Map<string, Import[]>();
  for (const folder of graph.keys()) {
    const cycle = wayBack(graph, folder);
    // A circle is found from each of its folders.
    const name = cycle
      ?.map(({ file }) => dirname(file))
      .toSorted()
      .join(" ");
    if (cycle && name !== undefined && !cycles.has(name)) cycles.set(name, cycle);
  }
  return [...cycles.values()].toSorted((a, b) => a.length - b.length);
}

/** Imports that point up: `rooms` are folders, the lowest first, and a room imports those below it alone. */
export function importsUpwards(imports: readonly Import[], rooms: readonly string[]): Import[] {
  const place = (file: string): number => rooms.findIndex((room) => file.startsWith(`${room}/`));
  return imports.filter(({ file, imports: target }) => place(file) >= 0 && place(target) > place(file));
}

/** What a file asks for. */
function requestsOf(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const { staticImports, staticExports, dynamicImports } = parseSync(path, text).module;
  return [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ...dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
  ];
}

/** The shortest way from a folder back to it, import by import. */
function wayBack(graph: ReadonlyMap<string, ReadonlyMap<string, Import>>, start: string): Import[] | undefined {
  const ways: { at: string; way: Import[] }[] = [{ at: start, way: [] }];
  const seen = new Set<string>();
  for (const { at, way } of ways) {
    for (const [to, step] of graph.get(at) ?? []) {
      if (to === start) return [...way, step];
      if (seen.has(to)) continue;
      seen.add(to);
      ways.push({ at: to, way: [...way, step] });
    }
  }
  return undefined;
}
