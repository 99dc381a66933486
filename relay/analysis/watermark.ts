/** For so long an exposure may be under way after its outcome, milliseconds, where nothing else is said. */
export const WATERMARK_MS = 600_000;
