/** The package as it is published: built, packed, installed, imported. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { installPackage, type Installed } from "../../../client/scripts/install-package.ts";
import { publicManifest, readManifest } from "../../../client/scripts/manifest.ts";

const run = promisify(execFile);
const TSC = fileURLToPath(new URL("bin/tsc", import.meta.resolve("typescript/package.json")));

/** ES modules only: the resolution of Node 10 knows no exports, and `require` of a Node that cannot require ES modules is not served. */
const ASKED = new Set(["node16-esm", "bundler"]);

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
});
afterAll(() => installed?.remove());

const specifiers = (): string[] =>
  Object.keys(readManifest().exports).map((subpath) => installed.manifest.name + subpath.slice(1));

test("every subpath of the sources is published, and nothing that only the repository needs", () => {
  expect(Object.keys(installed.manifest.exports)).toEqual([...Object.keys(readManifest().exports), "./package.json"]);
  expect(installed.manifest).not.toHaveProperty("private");
  expect(installed.manifest).not.toHaveProperty("scripts");
});

test("npm publishes what was built, to everyone, by the command that README and build name", async () => {
  const files = ["README.md", "client/scripts/build.ts"].map((file) => new URL(`../../../${file}`, import.meta.url));
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8")));
  const places = texts.flatMap((text) => Array.from(text.matchAll(/`npm publish (\S+)`/g), ([, place = ""]) => place));
  const [place = "", ...others] = new Set(places);
  expect(others).toEqual([]);
  // No registry is asked in a dry run.
  const args = ["publish", "--dry-run", "--registry", "http://127.0.0.1:1", "--fetch-retries", "0", place];
  const { stdout, stderr } = await run("npm", args, { cwd: installed.folder });
  expect(stdout.trim()).toBe(`+ ${installed.manifest.name}@${installed.manifest.version}`);
  expect(stderr).toContain("with tag latest and public access (dry-run)");
});

test("it asks for the Node that its dependencies ask for", async () => {
  const asked = await Promise.all(
    Object.keys(installed.manifest.dependencies).map(async (name) => {
      const file = join(installed.folder, "node_modules", name, "package.json");
      return (JSON.parse(await readFile(file, "utf8")) as { engines?: { node: string } }).engines?.node;
    }),
  );
  expect(asked.filter((range) => range !== undefined)).toEqual([installed.manifest.engines.node]);
});

test("it names the folder of the repository that the root's package.json names", () => {
  const repository = { type: "git", url: "git+https://git.example/sightline.git" };
  expect(publicManifest(readManifest(), repository)).toMatchObject({ repository: { ...repository, directory: "client" } });
});

test("publint finds nothing", async () => {
  const { buffer, byteOffset, byteLength } = installed.tarball;
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  const { messages, pkg } = await publint({ pack: { tarball } });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test("the types are right wherever ES modules are resolved", async () => {
  const result = await checkPackage(createPackageFromTarballData(installed.tarball));
  if (!result.types) throw new Error("the package has no types");
  expect(result.problems.filter((problem) => !("resolutionKind" in problem) || ASKED.has(problem.resolutionKind))).toEqual([]);
});

test("importing any subpath in Node, as a server does that renders pages, does nothing and fails in nothing", async () => {
  const script = `
    const before = Object.keys(globalThis).length;
    for (const name of ${JSON.stringify(specifiers())}) await import(name);
    const { createTracker } = await import("@sightline/client");
    const tracker = createTracker({ endpoint: "/e", writeKey: "wk", unit: { type: "user", id: "u" } });
    const request = tracker.request({ surface: "home" });
    request.exposed([{ itemId: "a", position: 1 }]);
    await tracker.flush();
    console.log(JSON.stringify({ added: Object.keys(globalThis).length - before, id: request.id.length > 8 }));`;
  await writeFile(join(installed.folder, "import.mjs"), script);
  const { stdout, stderr } = await run(process.execPath, ["import.mjs"], { cwd: installed.folder });
  expect({ said: JSON.parse(stdout), stderr }).toEqual({ said: { added: 0, id: true }, stderr: "" });
});

test.each(["nodenext", "bundler"])(
  "an app type-checks against it, resolving as %s, and wrong options and events are told",
  async (resolution) => {
    const imports = specifiers().map((name, index) => `import * as all${index} from ${JSON.stringify(name)};`);
    const app = `${imports.join("\n")}
    import { createTracker, type Tracker } from "@sightline/client";
    export const tracker: Tracker = createTracker({ endpoint: "/e", writeKey: "wk", unit: { type: "user", id: "u" } });
    // @ts-expect-error: a number is no endpoint
    createTracker({ endpoint: 1, writeKey: "wk", unit: { type: "user", id: "u" } });
    declare module "@sightline/client" {
      interface ProjectEvents {
        recipe_saved: { payload: { recipe_id: string } };
        plan_viewed: {};
      }
    }
    const request = tracker.request({ surface: "home" });
    const saved = { itemId: "a", payload: { recipe_id: "r1" } };
    request.outcome("recipe_saved", saved);
    tracker.outcome("recipe_saved", saved);
    tracker.track("recipe_saved", { request, ...saved, metrics: { edit_count: 1 }, context: { platform: "web" } });
    tracker.track("plan_viewed", { request });
    tracker.track("plan_viewed");
    tracker.track("click", { request, itemId: "a" });
    for (const type of ["click", "recipe_saved"] as const) request.outcome(type, saved);
    // @ts-expect-error: nobody has declared it
    request.outcome("recipe_savd", saved);
    // @ts-expect-error: nobody has declared it
    tracker.track("recipe_savd", saved);
    // @ts-expect-error: its payload is required
    tracker.track("recipe_saved");
    // @ts-expect-error: a recipe_id is a text
    request.outcome("recipe_saved", { itemId: "a", payload: { recipe_id: 1 } });
    // @ts-expect-error: an outcome has an item
    request.outcome("recipe_saved", { payload: { recipe_id: "r1" } });
    // @ts-expect-error: a request is one of the tracker's
    tracker.track("plan_viewed", { request: "req-00000001" });
    export default [${imports.map((_, index) => `all${index}`).join(", ")}];`;
    await writeFile(join(installed.folder, "app.mts"), app);
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      module: resolution === "bundler" ? "preserve" : "nodenext",
      moduleResolution: resolution,
    };
    await writeFile(join(installed.folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["app.mts"] }));
    const told = await run(process.execPath, [TSC, "-p", installed.folder]).then(
      () => "",
      (error: { stdout: string }) => error.stdout,
    );
    expect(told).toBe("");
  },
);
