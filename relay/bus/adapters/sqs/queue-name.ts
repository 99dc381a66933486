/** Characters of a queue's name, at most, with its `.fifo`. */
const MOST_NAME = 80;
const FIFO = ".fifo";

/**
 * The queue of a topic and of a group, or of the topic alone. SQS takes letters, digits, `-` and `_`: a dot is written `_` and a `_` twice.
 * Throws where that does not fit, or could be the name of another topic too.
 */
export function queueName(topic: string, group: string | undefined, fifo: boolean): string {
  const whole = group === undefined ? topic : `${topic}.${group}`;
  if (!/^[A-Za-z0-9_.-]+$/.test(whole) || /\.\.|\._|_\./.test(whole)) {
    throw new Error(
      `expected a topic and a group of letters, digits, - and single dots not beside _, got ${JSON.stringify(whole)}`,
    );
  }
  const name = whole.replaceAll("_", "__").replaceAll(".", "_") + (fifo ? FIFO : "");
  if (name.length > MOST_NAME) throw new Error(`expected a queue's name of at most ${MOST_NAME} characters, got ${name}`);
  return name;
}
