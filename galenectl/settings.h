/*
 * Which server, as whom: the client's configuration file under the global flags.
 */
#ifndef NEREID_GALENECTL_SETTINGS_H
#define NEREID_GALENECTL_SETTINGS_H

#include <stdbool.h>

#include "common/error.h"

#define SERVER_DEFAULT "https://localhost:8443"

/** Also the form of the global flags, where NULL or "" means not given. */
struct settings {
    char *server;
    char *username;
    char *password;
    char *token;
};

void settings_release(struct settings *s); /* for those from settings_load() */

/**
 * Path of the client's configuration file.
 * @param given -config, or NULL for the default place
 * @param out   owned
 * @return 0, ERR_NOT_FOUND when neither XDG_CONFIG_HOME nor HOME is set, ERR_NO_MEMORY
 */
int settings_path(char **out, const char *given, struct error *e) MUST_USE;

/**
 * Flags over file over defaults. Credentials given by flags set aside those of the other kind in
 * the file. A missing file is fine; unknown members are an error. Warns on stderr when others may
 * read a file that holds secrets.
 * @param out server is never NULL; the rest may be
 */
int settings_load(struct settings *out, const struct settings *flags, const char *path,
                  struct error *e) MUST_USE;

#endif
