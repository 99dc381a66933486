// @ts-check
// Draws the states that /api/stream sends. Values reach the page as text only, never as markup.

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @param {string} id @param {number} value */
const show = (id, value) => {
  element(id).textContent = value.toLocaleString("en-GB");
};

/** @param {string} text @param {string} [className] */
const cell = (text, className = "") => Object.assign(document.createElement("td"), { textContent: text, className });

/** @param {string} id @param {HTMLTableCellElement[][]} rows @param {(index: number) => string} [classOf] */
const fill = (id, rows, classOf = () => "") => {
  const trs = rows.map((cells, index) => {
    const tr = Object.assign(document.createElement("tr"), { className: classOf(index) });
    tr.append(...cells);
    return tr;
  });
  element(id)
    .querySelector("tbody")
    ?.replaceChildren(...trs);
};

const VERDICTS = {
  exposure: "seen",
  joined: "joined",
  orphan: "orphan so far",
  decision: "decided",
  repeated: "repeated",
  other: "",
  rejected: "rejected",
};

/** @param {any} event */
const verdictOf = ({ verdict, code }) =>
  verdict === "rejected" ? `rejected: ${code}` : VERDICTS[/** @type {keyof typeof VERDICTS} */ (verdict)];

/** @type {Set<string>} */
let known = new Set();

/** @param {any} state */
const draw = (state) => {
  const outcomes = state.joined + state.orphans;
  const refused = Object.values(state.rejected).reduce((a, b) => a + b, 0);
  show("exposures", state.exposures);
  show("outcomes", outcomes);
  show("joined", state.joined);
  element("joined-share").textContent = outcomes ? `joined, ${((100 * state.joined) / outcomes).toFixed(1)}\u00A0%` : "joined";
  for (const id of ["orphans", "duplicates", "held", "dead_lettered"]) show(id, state[id]);
  show("refused", refused);

  const recent = /** @type {any[]} */ (state.recent);
  const fresh = recent.map(({ id }) => known.size > 0 && !known.has(id));
  known = new Set(recent.map(({ id }) => id));
  element("empty").hidden = recent.length > 0;
  fill(
    "recent",
    recent.map((event) => [
      cell(`${event.occurred_at.slice(0, 10)} ${event.occurred_at.slice(11, 19)}`),
      cell(event.event_type, `type ${event.event_type}`),
      cell(verdictOf(event), event.verdict === "exposure" ? "seen" : event.verdict),
      cell(event.surface),
      cell(event.request_id.slice(0, 10), "id"),
      cell(event.items.join(", "), "items"),
    ]),
    (index) => (fresh[index] ? "new" : ""),
  );
  fill(
    "types",
    Object.entries(state.types).map(([type, n]) => [cell(type), cell(n.toLocaleString("en-GB"))]),
  );
  fill(
    "positions",
    Object.entries(state.by_position).map(([position, { exposures, clicks, ctr }]) => [
      cell(position),
      cell(exposures.toLocaleString("en-GB")),
      cell(clicks.toLocaleString("en-GB")),
      cell(`${(100 * ctr).toFixed(2)} %`),
    ]),
  );
  element("rejected-title").hidden = refused === 0;
  fill(
    "rejected",
    Object.entries(state.rejected).map(([code, n]) => [cell(code), cell(String(n))]),
  );
  element("notes").hidden = state.notes.length === 0;
  element("notes").replaceChildren(
    ...state.notes.map((/** @type {string} */ note) => Object.assign(document.createElement("li"), { textContent: note })),
  );
  tell(state.trouble ?? `live on ${state.bus}`, state.trouble === null);
};

/** @param {string} text @param {boolean} on */
const tell = (text, on) => {
  const link = element("link");
  link.dataset["on"] = String(on);
  // A status that is set again is read aloud again.
  if (link.textContent !== text) link.textContent = text;
};

const stream = new EventSource("/api/stream");
stream.addEventListener("message", ({ data }) => draw(JSON.parse(data)));
stream.addEventListener("error", () => tell("the relay is away; connecting", false));
