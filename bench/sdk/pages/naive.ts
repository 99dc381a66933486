/** What is written in place of an SDK: batches of 100 by fetch, and in localStorage what has not been acknowledged. */
const KEY = "events";
let kept = JSON.parse(localStorage.getItem(KEY) ?? "[]") as object[];
let unsent = [...kept];
let url = "";
let sending: ReturnType<typeof setTimeout> | undefined;
let saving: ReturnType<typeof setTimeout> | undefined;

async function send(): Promise<void> {
  clearTimeout(sending);
  sending = undefined;
  const batch = unsent.splice(0, 100);
  const isTaken = await fetch(url, { method: "POST", body: JSON.stringify(batch) }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (isTaken) kept = kept.filter((event) => !batch.includes(event));
  else unsent = [...batch, ...unsent];
  if (unsent.length > 0) sending ??= setTimeout(send, 2_000);
  saving ??= setTimeout(save);
}

function save(): void {
  saving = undefined;
  localStorage.setItem(KEY, JSON.stringify(kept));
}

export function start(to: string): void {
  url = to;
}

export function track(details: object): void {
  const event = { type: "click", time: Date.now(), ...details };
  kept.push(event);
  unsent.push(event);
  saving ??= setTimeout(save);
  if (unsent.length >= 100) void send();
  else sending ??= setTimeout(send, 2_000);
}
