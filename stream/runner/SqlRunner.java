import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;

/**
 * Runs SQL on Flink's MiniCluster, in this JVM: a job for each file, whose statements have a NUL between them. Ends when all jobs have ended,
 * or when its input does, which is when whoever started it is gone.
 */
public class SqlRunner {
  private static final Pattern SET = Pattern.compile("SET\\s+'([^']+)'\\s*=\\s*'((?:[^']|'')*)'", Pattern.CASE_INSENSITIVE);

  public static void main(String[] files) {
    endWithInput();
    try {
      run(files);
      System.exit(0);
    } catch (Throwable failure) {
      // The reasons, a line each; the stack says nothing to who wrote the SQL.
      for (Throwable one = failure; one != null; one = one.getCause()) {
        System.err.println(one.getClass().getSimpleName() + ": " + String.valueOf(one.getMessage()).lines().findFirst().orElse(""));
      }
      System.exit(1);
    }
  }

  private static void run(String[] files) throws Exception {
    List<JobClient> jobs = new ArrayList<>();
    for (String file : files) {
      String[] statements = Files.readString(Path.of(file)).split("\0");
      Configuration settings = new Configuration();
      for (String statement : statements) {
        Matcher set = SET.matcher(statement);
        if (set.matches()) settings.setString(set.group(1), set.group(2).replace("''", "'"));
      }
      TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.newInstance().withConfiguration(settings).build());
      for (String statement : statements) {
        if (SET.matcher(statement).matches()) continue;
        TableResult result = execute(tables, statement);
        if (result.getJobClient().isPresent()) {
          jobs.add(result.getJobClient().get());
          System.out.println("job " + result.getJobClient().get().getJobID());
        } else if (statement.startsWith("EXPLAIN")) {
          result.print();
        }
      }
    }
    awaitAll(jobs);
  }

  private static TableResult execute(TableEnvironment tables, String statement) throws Exception {
    try {
      return tables.executeSql(statement);
    } catch (Exception failure) {
      throw new Exception("in the statement that begins with " + statement.lines().findFirst().orElse(""), failure);
    }
  }

  /** Ends with the first that fails: others may go on for ever, and nobody would hear of it. */
  private static void awaitAll(List<JobClient> jobs) throws Exception {
    CompletableFuture<Void> all = new CompletableFuture<>();
    List<CompletableFuture<?>> results = new ArrayList<>();
    for (JobClient job : jobs) {
      CompletableFuture<?> result = job.getJobExecutionResult();
      results.add(result);
      result.whenComplete((ended, failure) -> {
        if (failure != null) all.completeExceptionally(new Exception("job " + job.getJobID() + " has failed", failure));
      });
    }
    CompletableFuture.allOf(results.toArray(new CompletableFuture<?>[0])).thenRun(() -> all.complete(null));
    all.get();
  }

  private static void endWithInput() {
    Thread thread = new Thread(() -> {
      try {
        while (System.in.read() != -1);
      } catch (java.io.IOException gone) {
        // As if it had ended.
      }
      Runtime.getRuntime().halt(143);
    });
    thread.setDaemon(true);
    thread.start();
  }
}
