/** The text of docs/buses.md: what each bus can do, as its adapter declares it. */
import { ADAPTERS } from "../bus/settings.ts";
import type { Adapter } from "../bus/port/adapter.ts";

const INTRODUCTION = `# Buses

What each bus can do; EVENT_PUBLISHER chooses one. Written by \`npm run docs\` from what the adapters declare in [relay/bus/adapters](../relay/bus/adapters), and
the tests of [the contract](../test/contract/bus) ask of each bus what stands here: \`npm test\` prints what every case came to on every bus.

Topics, keys and the bytes of the values are the same on all. Settings: [settings.md](settings.md).
`;

const NOTES = `
- **relay**: how often an event is on the bus when the relay put it there, through its crashes and the bus's outages. *Once, found by looking*: after an unknown
  outcome the relay looks which records are there; a request that lands after the look makes a copy, as each bus's page says.
- **service**: the same of a service that uses the [EventBus](eventbus.md). Who must not see a copy removes it by \`event_id\`.
- **read**: from the first record on, by \`sightline verify\`, \`tail\` and \`dlq\`.
- **groups**: members share the work, and the group goes on where it was. **earliest**: a new group can begin at the first record. **everyone**: without a group a
  subscriber gets all that comes. **lag**: what a group has not acknowledged can be counted. **plans**: what a member plans to do with a lane is kept
  beside that, and told to whoever has the lane next; \`sightline store parquet\` needs it.
`;

const mark = (can: boolean | undefined): string => (can ? "yes" : "-");

/** Writes it. */
export function busesPage(adapters: readonly Adapter[] = ADAPTERS): string {
  const rows = adapters.map(({ names, capabilities: { relay, service, orderByKey, read, subscribe, largest, tested } }) =>
    [
      names.map((name) => `\`${name}\``).join(", "),
      relay,
      service,
      mark(orderByKey),
      mark(read),
      mark(subscribe?.groups),
      mark(subscribe?.earliest),
      mark(subscribe?.everyone),
      mark(subscribe?.lag),
      mark(subscribe?.plans),
      largest,
      tested,
    ].join(" | "),
  );
  const head =
    "| bus | relay | service | order a key | read | groups | earliest | everyone | lag | plans | largest value | tested on |";
  const line = "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |";
  return `${INTRODUCTION}\n${[head, line, ...rows.map((row) => `| ${row} |`)].join("\n")}\n${NOTES}`;
}
