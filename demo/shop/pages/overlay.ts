/** The switch for the SDK's debug overlay. It can be turned on at any time, and shows then what was noted before. */
import type { Overlay } from "@sightline/client/debug";

type Note = Parameters<Overlay>[0];

/** Notes that are kept for an overlay that is turned on later. */
const MOST = 500;
const KEY = "shop.overlay";

/**
 * What the tracker takes as `debug`. Who wants to see what happens listens, too:
 * addEventListener("shop:note", ({ detail }) => console.log(detail)).
 */
export function listen(): (note: Note) => void {
  const notes: Note[] = [];
  let overlay: Overlay | undefined;
  const box = document.querySelector<HTMLInputElement>("#overlay");
  const turn = async (): Promise<void> => {
    // Not made to be small: a page loads it where it debugs.
    const { createOverlay } = await import("@sightline/client/debug");
    overlay?.close();
    overlay = box?.checked ? createOverlay() : undefined;
    for (const note of notes) overlay?.(note);
  };
  if (box) {
    box.checked = localStorage.getItem(KEY) === "on";
    if (box.checked) void turn();
    box.addEventListener("change", () => {
      localStorage.setItem(KEY, box.checked ? "on" : "off");
      void turn();
    });
  }
  return (note) => {
    dispatchEvent(new CustomEvent("shop:note", { detail: note }));
    overlay?.(note);
    if (notes.push(note) > MOST) notes.shift();
  };
}
