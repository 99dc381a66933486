import { type Format, FORMATS, writeFeedback } from "../../analysis/ope/write-feedback.ts";
import { plural } from "../../lib/plural.ts";
import { printableLines } from "../../lib/printable.ts";
import { FEEDBACK_OPTIONS, withFeedback } from "../analysis/with-feedback.ts";
import { type Command, JSON_OPTION, UsageError } from "../lib/command.ts";
import { jsonLine } from "../lib/json-line.ts";

/** `sightline export ope`: logged bandit feedback, for off-policy evaluation elsewhere. */
export const ope: Command = {
  usage:
    "sightline export ope --out PATH [--format parquet|csv|obp] [--source NAME] [--table TABLE] [--from TIME] [--to TIME] [--tenant T] [--surface S] [--reward click] [--json]",
  summary:
    "writes exposures with their propensity and reward: a Parquet or CSV file, or a folder with the arrays that obp reads; what is there is replaced",
  onStack: true,
  options: {
    out: { type: "string", value: "PATH", help: "the file, or for obp the folder" },
    format: { type: "string", value: "F", default: "parquet", help: `one of ${FORMATS.join(", ")}` },
    ...FEEDBACK_OPTIONS,
    json: JSON_OPTION,
  },
  async run(call) {
    const { values, io } = call;
    const out = values["out"] as string | undefined;
    const format = FORMATS.find((name) => name === values["format"]);
    if (out === undefined || out === "")
      throw new UsageError("--out: expected the path of a file, or for obp of a folder, got nothing");
    if (format === undefined)
      throw new UsageError(`--format: expected one of ${FORMATS.join(", ")}, got ${String(values["format"])}`);
    return withFeedback(call, async (connection, counts) => {
      await writeFeedback({ connection, counts, format: format satisfies Format, out });
      const written = format === "obp" ? counts.usable : counts.rows;
      const text = `${out}: ${plural(written, "row")} of ${counts.surface}, ${plural(counts.rewarded, "reward")}`;
      io.stdout.write(values["json"] === true ? jsonLine({ out, format, written, ...counts }) : printableLines(text));
      return 0;
    });
  },
};
