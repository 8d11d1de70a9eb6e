/*
 * The flags that describe a password to be made, for hash-password and set-password.
 */
#ifndef NEREID_GALENECTL_PASSWORD_FLAGS_H
#define NEREID_GALENECTL_PASSWORD_FLAGS_H

#include "common/password.h"
#include "galenectl/flags.h"

struct password_flags {
    const char *password;
    bool from_stdin;
    const char *type;
    int64_t cost;
    int64_t iterations;
    int64_t key_bytes;
    int64_t salt_bytes;
    int64_t n, r, p;
};

#define PASSWORD_FLAGS_DEFAULT                                                                     \
    {                                                                                              \
        .type = "bcrypt", .cost = 10, .iterations = 600000, .key_bytes = 32, .salt_bytes = 16,     \
        .n = 32768, .r = 8, .p = 3                                                                 \
    }
#define N_PASSWORD_FLAGS 10

#define FLAG_PASSWORD_STDIN(at)                                                                    \
    {                                                                                              \
        .name = "password-stdin", .kind = FLAG_BOOL, .value = &(at),                               \
        .help = "read the password from one line of standard input"                                \
    }

/** Write the N_PASSWORD_FLAGS flags that fill `at`. */
void password_flags_list(struct flag out[N_PASSWORD_FLAGS], struct password_flags *at);

/** Ask for the password where it was not given, and hash it. Warns about cheap hashes on stderr.
 * @param out owned JSON as files and the API have it */
int password_flags_make(struct json_object **out, const struct password_flags *flags,
                        struct error *e) MUST_USE;

#endif
