import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.flink.configuration.Configuration;
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
    List<TableResult> jobs = new ArrayList<>();
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
        TableResult result = tables.executeSql(statement);
        if (result.getJobClient().isPresent()) {
          jobs.add(result);
          System.out.println("job " + result.getJobClient().get().getJobID());
        } else if (statement.startsWith("EXPLAIN")) {
          result.print();
        }
      }
    }
    for (TableResult job : jobs) job.await();
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
