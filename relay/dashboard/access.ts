/**
 * Who may look at the live view: with LIVE_VIEW=true whoever is on this machine; everyone else shows RELAY_TOKEN once and gets a cookie that a
 * script cannot read. With LIVE_VIEW=token nobody is let in without.
 *
 * "On this machine" is a connection from a loopback address, to a loopback name (or a web page of another name that was pointed at it could read
 * the view), that no proxy says it passed on.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import { bearer } from "../lib/bearer.ts";

/** What the routes are served with. */
export interface Served {
  Bindings: HttpBindings;
}

/** Who is let in. */
export interface Access {
  /** Lets those through who may look; else a 401, or a 403 where there is no token that could be shown. */
  allow: MiddlewareHandler<Served>;
  /** `POST /api/session` with the token as a bearer: 204 with the cookie, else 401. */
  open: (c: Context<Served>) => Response;
}

interface AccessOptions {
  /** RELAY_TOKEN; undefined where none is set. */
  token: string | undefined;
  /** Loopback needs no token. */
  trustsLoopback: boolean;
  now?: () => number;
}

const COOKIE = "sightline_live";
/** Seconds that a cookie is good for. */
const HOURS_12 = 43_200;
const NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);
const ADDRESSES = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);
/** What a proxy adds. */
const PASSED_ON = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via", "cf-connecting-ip"];

/** Makes it. */
export function createAccess({ token, trustsLoopback, now = Date.now }: AccessOptions): Access {
  const hasToken = token === undefined ? () => false : bearer(token);
  const sign = (until: string): string => createHmac("sha256", `${token}`).update(`live view until ${until}`).digest("base64url");
  const isSession = (cookie: string): boolean => {
    const [until = "", signature = ""] = cookie.split(".");
    return token !== undefined && Number(until) * 1000 > now() && isSame(signature, sign(until));
  };
  return {
    async allow(c, next) {
      const isAllowed =
        (trustsLoopback && isLocal(c)) ||
        hasToken(c.req.header("authorization")) ||
        cookiesOf(c).some((cookie) => isSession(cookie));
      if (isAllowed) return next();
      return token === undefined
        ? c.text("the live view is for this machine alone: set RELAY_TOKEN to look at it from another\n", 403)
        : c.text("the live view needs RELAY_TOKEN here\n", 401, { "www-authenticate": "Bearer" });
    },
    open(c) {
      if (!hasToken(c.req.header("authorization"))) return c.text("this is not the relay's RELAY_TOKEN\n", 401);
      const until = String(Math.floor(now() / 1000) + HOURS_12);
      const secure = c.req.header("x-forwarded-proto") === "https" ? "; Secure" : "";
      const cookie = `${COOKIE}=${until}.${sign(until)}; Path=/api; Max-Age=${HOURS_12}; HttpOnly; SameSite=Strict${secure}`;
      return c.body(null, 204, { "set-cookie": cookie, "cache-control": "no-store" });
    },
  };
}

function isLocal(c: Context<Served>): boolean {
  const address = c.env.incoming.socket.remoteAddress ?? "";
  return (
    ADDRESSES.has(address) &&
    NAMES.has(new URL(c.req.url).hostname) &&
    PASSED_ON.every((name) => c.req.header(name) === undefined)
  );
}

function cookiesOf(c: Context<Served>): string[] {
  const pairs = (c.req.header("cookie") ?? "").split(";").map((pair) => pair.trim());
  return pairs.filter((pair) => pair.startsWith(`${COOKIE}=`)).map((pair) => pair.slice(COOKIE.length + 1));
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
