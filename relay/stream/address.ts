/** Addresses of folders, as Flink, Hadoop and Iceberg read them. */
import { resolve } from "node:path";

/** Flink takes addresses and no paths. What stands behind `file://` is the path as it is: a %20 in it is three characters. */
export function addressOf(place: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//.test(place) ? place : `file://${resolve(place)}`;
}

/** The path of an address on this machine; undefined where it is on none. */
export function pathOf(address: string): string | undefined {
  return /^file:(?:\/\/)?(\/(?!\/).*)$/.exec(address)?.[1];
}
