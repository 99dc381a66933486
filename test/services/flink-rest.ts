/** What a Flink cluster, or the one in the JVM of a run, says of its jobs by its REST interface. */

/** Checkpoints of a job so far. */
export interface Checkpoints {
  counts: { completed: number; restored: number; failed: number };
}

/** Asks one. */
export interface FlinkRest {
  /** Ids of its jobs. */
  jobs(): Promise<string[]>;
  checkpoints(job: string): Promise<Checkpoints>;
  /** Ids of the TaskManagers that it knows. */
  taskManagers(): Promise<string[]>;
}

/** Asks the one that listens on a port of this machine, from when it does on. */
export function flinkRest(port: number): FlinkRest {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    if (!response.ok) throw new Error(`${path}: expected 200, got ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    jobs: async () => (await get<{ jobs: { id: string }[] }>("/jobs")).jobs.map(({ id }) => id),
    checkpoints: (job) => get<Checkpoints>(`/jobs/${job}/checkpoints`),
    taskManagers: async () => (await get<{ taskmanagers: { id: string }[] }>("/taskmanagers")).taskmanagers.map(({ id }) => id),
  };
}
