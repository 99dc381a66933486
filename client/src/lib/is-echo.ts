/** Milliseconds within which a label's click goes on to its control: it does so at once, but a handler may be slow. */
const FOLLOWS_MS = 500;

/** The click that began the latest act. */
let first: Event | undefined;
/** What it goes on to. */
let control: EventTarget | null | undefined;
/** What was recorded of it. */
let recorded: string[];

/**
 * True where this act of the user has recorded the outcome already. A click on a label dispatches a second one on its control, which
 * goes through the same handlers (https://html.spec.whatwg.org/multipage/forms.html#the-label-element), and of elements within each other
 * each may handle the same click. Other outcomes of one click are as many as the page records.
 */
export function isEcho(type: string, of: unknown, event = globalThis.event): boolean {
  if (event?.type !== "click") return false;
  const [target] = event.composedPath() as Partial<Element>[];
  if (event !== first && !(target === control && event.timeStamp - first!.timeStamp < FOLLOWS_MS)) {
    first = event;
    recorded = [];
    const { control: next } = target?.closest?.("label") ?? {};
    control = next === target ? undefined : next;
  }
  const outcome = JSON.stringify([type, of]);
  const isKnown = recorded.includes(outcome);
  recorded.push(outcome);
  return isKnown && (event !== first || type === "click");
}
