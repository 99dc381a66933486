import * as z from "zod/mini";

/** An object's schema with zod's method `extend`, which zod/mini's have not: a project writes its types with it, in either zod. */
export type Extendable<T extends z.ZodMiniObject> = T & {
  extend<U extends z.core.$ZodLooseShape>(
    shape: U,
  ): Extendable<z.ZodMiniObject<z.core.util.Extend<T["shape"], z.core.util.Writeable<U>>, T["_zod"]["config"]>>;
};

/** Gives an object's schema the method `extend`: the same rules, with these fields added or put in the place of others. */
export function extendable<T extends z.ZodMiniObject>(schema: T): Extendable<T> {
  const extend = (shape: z.core.$ZodLooseShape) => extendable(z.extend(schema, shape));
  return Object.assign(schema, { extend }) as unknown as Extendable<T>;
}
