/** A picture of a page as a PNG of at most 256 colours: a third of the bytes, and the eye sees no difference. */
import { crc32, deflateSync } from "node:zlib";
import type { Page } from "playwright-core";

const COLOURS = 256;

interface Pixels {
  width: number;
  height: number;
  /** Four bytes a pixel, as base64. */
  data: string;
}

/** Writes `image` anew; the browser of `page` decodes it. */
export async function smallPng(page: Page, image: Buffer): Promise<Buffer> {
  // A page of its own: others allow no picture but their own.
  const blank = await page.context().newPage();
  const { width, height, data } = await blank.evaluate(decode, image.toString("base64"));
  await blank.close();
  const { palette, indexes } = quantize(new Uint32Array(new Uint8Array(Buffer.from(data, "base64")).buffer));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(indexes.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits a pixel, by palette.
  head.set([8, 3, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk("IHDR", head), chunk("PLTE", palette), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND")];
  return Buffer.concat([signature, ...chunks]);
}

async function decode(base64: string): Promise<Pixels> {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d");
  if (!context) throw new Error("expected a canvas");
  context.drawImage(bitmap, 0, 0);
  const bytes = context.getImageData(0, 0, width, height).data;
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return { width, height, data: btoa(text) };
}

/** The most frequent colours; each other one becomes the nearest of them. */
function quantize(pixels: Uint32Array): { palette: Buffer; indexes: Uint8Array } {
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const colours = [...counts].toSorted(([, a], [, b]) => b - a).map(([pixel]) => pixel);
  const kept = colours.slice(0, COLOURS).map(rgb);
  const index = new Map(colours.map((pixel) => [pixel, nearest(rgb(pixel), kept)]));
  return { palette: Buffer.from(kept.flat()), indexes: Uint8Array.from(pixels, (pixel) => index.get(pixel) ?? 0) };
}

type Rgb = [number, number, number];

function rgb(pixel: number): Rgb {
  return [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
}

function nearest([r, g, b]: Rgb, palette: Rgb[]): number {
  const distances = palette.map(([x, y, z]) => (x - r) ** 2 + (y - g) ** 2 + (z - b) ** 2);
  return distances.indexOf(Math.min(...distances));
}

function chunk(type: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
