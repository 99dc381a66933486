/** A process of its own that runs `sightline verify` over an archive, and says what it took as a line of JSON on stderr. Argument: its folder. */
import process from "node:process";
import { run } from "../../relay/cli/run.ts";

const [, , archive = ""] = process.argv;
const io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  stopSignal: () => new AbortController().signal,
};
const began = performance.now();
const code = await run(["verify", "--source", "parquet", "--json"], { ...process.env, ARCHIVE_URL: archive }, io);
const ms = performance.now() - began;
const { user, system } = process.cpuUsage();
process.stderr.write(
  `${JSON.stringify({ code, ms, cpuMs: (user + system) / 1000, rss: process.resourceUsage().maxRSS * 1024 })}\n`,
);
process.exit(code);
