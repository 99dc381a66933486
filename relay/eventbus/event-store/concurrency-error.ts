/** Another has appended to the stream: to be read again, and decided anew. Nothing was appended. */
export class ConcurrencyError extends Error {
  override readonly name = "ConcurrencyError";
  readonly streamId: string;
  readonly expectedVersion: number;
  /** Undefined where another was appending at the same moment. */
  readonly actualVersion: number | undefined;

  constructor(streamId: string, expectedVersion: number, actualVersion: number | undefined, options?: ErrorOptions) {
    super(
      `${streamId}: expected version ${expectedVersion}, got ${actualVersion ?? "one that is appended at this moment"}`,
      options,
    );
    this.streamId = streamId;
    this.expectedVersion = expectedVersion;
    this.actualVersion = actualVersion;
  }
}
