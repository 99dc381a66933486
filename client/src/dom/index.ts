/**
 * The SDK by attributes, for pages that a server renders and for those without a framework.
 *
 * ```html
 * <ol data-sl-surface="home.top_picks" data-sl-request="req_5f2c81">
 *   <li data-sl-item="p1"><a href="/p1" data-sl-outcome="click">…</a></li>
 *   <li data-sl-item="p2"><form data-sl-outcome="add_to_cart">…</form></li>
 * </ol>
 * ```
 *
 * | attribute           | on                | value                                                                                |
 * | ------------------- | ----------------- | ------------------------------------------------------------------------------------ |
 * | `data-sl-surface`   | a container       | dotted name of the place; its items are those whose nearest container it is          |
 * | `data-sl-request`   | the same          | the server's request id; absent: a new one; another value: another request           |
 * | `data-sl-item`      | an item's element | identity of the item                                                                 |
 * | `data-sl-position`  | the same          | whole number from 1; absent: its place among the container's items in the document   |
 * | `data-sl-placement` | the same          | which of several lists of one request shows it                                       |
 * | `data-sl-outcome`   | it, or within it  | type of the outcome that a click records, on a form its submit; the nearest one only |
 *
 * A list that keeps only some of its rows in the document has to give positions: places would be those among the rows that are there.
 */
export { observeDom } from "./observe-dom.ts";
