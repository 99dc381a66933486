/** Queues of tasks: `service.action.priority`, as `notify.email.high`. */
const PRIORITIES = ["high", "normal", "low"] as const;

/** How urgent a task is. Each has a queue of its own, so that many that can wait never hold up one that cannot. */
export type Priority = (typeof PRIORITIES)[number];

const WORD = /^[a-z][a-z0-9_-]*$/;
const TASK = /(^|\.)[a-z][a-z0-9_-]*\.[a-z][a-z0-9_-]*\.(high|normal|low)$/;

/** The topic of a task, which is the name of its queue, too. Throws a RangeError where a part is none. */
export function taskQueue(service: string, action: string, priority: Priority): string {
  for (const [what, word] of Object.entries({ service, action })) {
    if (!WORD.test(word))
      throw new RangeError(`${what}: expected a lower-case word of letters, digits, - and _, got ${JSON.stringify(word)}`);
  }
  if (!PRIORITIES.includes(priority))
    throw new RangeError(`priority: expected one of ${PRIORITIES.join(", ")}, got ${JSON.stringify(priority)}`);
  return `${service}.${action}.${priority}`;
}

/** The topics of an action, the most urgent first: what its workers subscribe to. */
export function taskQueues(service: string, action: string): string[] {
  return PRIORITIES.map((priority) => taskQueue(service, action, priority));
}

/** The queue of a topic for a group. A task has one queue, whoever works on it. */
export function queueName(topic: string, group: string): string {
  return TASK.test(topic) ? topic : `${topic}.${group}`;
}
