package io.cordaoperator.nodetool;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who the tool is to the node; from a file in memory, since an argument could be read in the process list. */
final class Credentials {
    final String user;
    final String password;

    private Credentials(String user, String password) {
        this.user = user;
        this.password = password;
    }

    static Credentials read(Path file) throws Failure {
        try (Reader reader = Files.newBufferedReader(file)) {
            Config found = ConfigFactory.parseReader(reader, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
            return new Credentials(found.getString("user"), found.getString("password"));
        } catch (IOException error) {
            throw new Failure("the credentials can't be read: " + error);
        } catch (ConfigException error) {
            // The parser's own words could quote the password.
            throw new Failure(file + " should be a JSON object with the strings \"user\" and \"password\"");
        }
    }
}
