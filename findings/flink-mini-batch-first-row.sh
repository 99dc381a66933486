#!/usr/bin/env bash
# Apache Flink 2.3.0 (PyPI apache-flink-libraries), Flink SQL, streaming mode.
#
# Guess: table.exec.mini-batch.enabled makes a job faster and its updates fewer, and changes nothing about which SQL is allowed: a query that
# keeps the first row of a key by processing time is append-only, with mini-batch and without.
# Seen: without mini-batch it is, and goes into a sink that takes no updates. With it the same INSERT is refused when it is planned, since the step
# that keeps the first row has become one that takes rows back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip download -q --disable-pip-version-check --no-deps apache-flink-libraries==2.3.0
venv/bin/python -m zipfile -e apache_flink_libraries-2.3.0-*.whl .
mvn -q -B -ntp dependency:copy -Dartifact=org.eclipse.jdt:ecj:3.40.0 -DoutputDirectory=. >/dev/null
cat >Plan.java <<'JAVA'
import org.apache.flink.table.api.*;

public class Plan {
  public static void main(String[] args) {
    for (boolean miniBatch : new boolean[] {false, true}) System.out.println("mini-batch " + miniBatch + ": " + plan(miniBatch));
  }

  static String plan(boolean miniBatch) {
    TableEnvironment env = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    env.getConfig().set("table.exec.mini-batch.enabled", String.valueOf(miniBatch));
    env.getConfig().set("table.exec.mini-batch.allow-latency", "1 s");
    env.getConfig().set("table.exec.mini-batch.size", "1000");
    env.executeSql("CREATE TABLE events (id STRING, items ARRAY<STRING>) WITH ('connector' = 'datagen')");
    env.executeSql("CREATE TEMPORARY VIEW once AS SELECT id, item FROM (SELECT e.id, i.item, ROW_NUMBER() OVER (PARTITION BY e.id ORDER BY PROCTIME() ASC) AS nth"
        + " FROM (SELECT UPPER(id) AS id, items FROM events) AS e CROSS JOIN UNNEST(e.items) AS i (item)) WHERE nth = 1");
    // It takes no updates.
    env.executeSql("CREATE TABLE files (id STRING, item STRING) WITH ('connector' = 'filesystem', 'path' = 'file:///tmp/none', 'format' = 'json')");
    try {
      return env.explainSql("INSERT INTO files SELECT * FROM once").contains("Deduplicate(keep=[FirstRow], key=[id], order=[PROCTIME], outputInsertOnly=[true])") ? "append-only" : "another plan";
    } catch (TableException refused) {
      return refused.getMessage().replaceAll("(?s)which is produced by node (\\w+).*", "which is produced by node $1");
    }
  }
}
JAVA
lib=$(printf '%s:' pyflink/lib/*.jar)
java -jar ecj-3.40.0.jar -17 -nowarn -cp "$lib" -d . Plan.java
java -XX:TieredStopAtLevel=1 --add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED -cp ".:$lib" Plan 2>/dev/null | tee out
diff - out <<'SEEN'
mini-batch false: append-only
mini-batch true: Table sink 'default_catalog.default_database.files' doesn't support consuming update and delete changes which is produced by node Rank
SEEN
