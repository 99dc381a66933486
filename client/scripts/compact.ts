import { parseSync, Visitor } from "oxc-parser";
import { minify } from "terser";

/** A script, and its source map. */
export interface Script {
  code: string;
  map: string;
}

/**
 * Makes a module smaller than the minifiers of apps do: constants are put where they are used, and what they declare is declared by one
 * word, simple functions as well, and what has no `this` is an arrow: nothing here is called with `new` but classes. Names stay, and other
 * functions where they are: esbuild, which renames all that is local, makes more of those.
 */
export async function compact({ code, map }: Script, name: string): Promise<Script> {
  const options = {
    module: true,
    ecma: 2020,
    compress: { passes: 3, inline: 1, unsafe_arrows: true, reduce_funcs: false, directives: false },
    mangle: false,
    format: { preserve_annotations: true },
    sourceMap: { content: map, url: `${name}.map` },
  } as const;
  const made = await minify({ [name]: constAsLet(code) }, options);
  return { code: made.code ?? "", map: made.map as string };
}

/** Every `const` as `let`, in the same columns. Nothing assigns to one: the sources have been type-checked. */
function constAsLet(code: string): string {
  const { program } = parseSync("module.js", code);
  let text = code;
  const visitor = new Visitor({
    VariableDeclaration({ kind, start }) {
      if (kind === "const") text = `${text.slice(0, start)}let  ${text.slice(start + kind.length)}`;
    },
  });
  visitor.visit(program);
  return text;
}
