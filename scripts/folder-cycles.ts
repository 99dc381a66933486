/** Finds folders that import each other, in a circle of any length: where there is one, none of its folders can be read alone. */
import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "oxc-parser";

/** A file of one folder that imports a file of another. */
export interface Import {
  file: string;
  imports: string;
}

/** The circles, each as the imports that close it, the shortest first. `files` are paths from `root`; imports of types count. */
export function folderCycles(root: string, files: readonly string[]): Import[][] {
  const graph = new Map<string, Map<string, Import>>();
  for (const file of files) {
    for (const imports of importsOf(join(root, file), file)) {
      const [from, to] = [dirname(file), dirname(imports)];
      if (from === to) continue;
      const edges = graph.get(from) ?? new Map<string, Import>();
      graph.set(from, edges);
      if (!edges.has(to)) edges.set(to, { file, imports });
    }
  }
  const cycles: Import[][] = [];
  const told = new Set<string>();
  for (const folder of graph.keys()) {
    const cycle = wayBack(graph, folder);
    // A circle is found from each of its folders.
    const name = cycle && [...new Set(cycle.map(({ file }) => dirname(file)))].toSorted().join(" ");
    if (!cycle || !name || told.has(name)) continue;
    told.add(name);
    cycles.push(cycle);
  }
  return cycles.toSorted((a, b) => a.length - b.length);
}

/** The files that a file imports by a relative path, now or later. */
function importsOf(path: string, file: string): string[] {
  const { staticImports, staticExports, dynamicImports } = parseSync(path, readFileSync(path, "utf8")).module;
  const text = readFileSync(path, "utf8");
  const asked = [
    ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports.flatMap(({ entries }) => entries.map(({ moduleRequest }) => moduleRequest?.value)),
    ...dynamicImports.map(({ moduleRequest }) => text.slice(moduleRequest.start + 1, moduleRequest.end - 1)),
  ];
  return asked.filter((name) => name?.startsWith(".")).map((name) => normalize(join(dirname(file), name!)));
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
