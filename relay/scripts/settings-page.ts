import { docOf, type SettingGroup, settingGroups, valueOf } from "../service/settings/config.ts";
import { eventBusSettings } from "../eventbus/settings.ts";
import { GIVEN_SETTINGS } from "./given-settings.ts";
import type { Setting } from "../lib/settings.ts";

const INTRODUCTION = `# Settings

Variables of the environment that the relay, the command line \`sightline\` and the [EventBus](eventbus.md) of your services read. Written by \`npm run docs\` from the declarations: those of
a bus are in its folder under [relay/bus/adapters](../relay/bus/adapters), those of retry and breakers in [relay/bus/policy](../relay/bus/policy/settings.ts), the others
in [relay/bus](../relay/bus/settings.ts), [relay/service/settings](../relay/service/settings) and [relay/eventbus/outbox](../relay/eventbus/outbox/settings.ts).

An empty variable counts as unset. A wrong value ends a command with exit code 2 and a line that says what it expected, for all wrong ones
at once; \`sightline doctor\` lists them as what it found, and ends with 1. \`sightline config\` prints the values in force. A secret is never shown, in no output and no log.

The collector's own variables are in [operate.md](operate.md), the SDK's options in [options.md](options.md).
`;

/** Those of the relay, then those of services that use the EventBus. */
export function allGroups(): SettingGroup[] {
  return [...settingGroups(), { title: "EventBus", settings: Object.values(eventBusSettings) }];
}

/** The text of docs/settings.md: every setting, with its default and meaning. */
export function settingsPage(groups: readonly SettingGroup[] = allGroups()): string {
  return [INTRODUCTION, ...groups.map(section), asGiven(groups)].join("\n");
}

const GUIDES = `## As the guides have them

What the two guides that the event bus was modelled on, a domain event stream and an event bus, call a setting, and what became of it. A test holds each.

| variable | default there | default here | | test |
| --- | --- | --- | --- | --- |
`;

function asGiven(groups: readonly SettingGroup[]): string {
  const settings = groups.flatMap((group) => group.settings);
  const rows = GIVEN_SETTINGS.map(({ variable, given, because, test }) => {
    const one = settings.find(({ variable: name, aliases }) => [name, ...aliases].includes(variable));
    const there = given === undefined ? "" : `\`${given}\``;
    const here = one === undefined ? "" : defaultOf(one);
    return `| \`${variable}\` | ${there} | ${here} | ${because ?? "as given"} | [test](../${test}) |`;
  });
  return `${GUIDES}${rows.join("\n")}\n`;
}

function section({ title, settings }: SettingGroup): string {
  const rows = settings.map(
    (one) => `| \`${one.variable}\` | ${defaultOf(one)} | ${docOf(one).replaceAll("|", "\\|")}${also(one)} |`,
  );
  return `## ${title}\n\n| variable | default | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

function defaultOf(one: Setting): string {
  const value = valueOf(one);
  return value === "" ? "" : `\`${value}\``;
}

function also({ aliases }: Setting): string {
  return aliases.length === 0 ? "" : `. Also: ${aliases.map((name) => `\`${name}\``).join(", ")}`;
}
