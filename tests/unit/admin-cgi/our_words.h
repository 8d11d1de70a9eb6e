/*
 * The catalogues of this checkout, for tests of what the console says. Static, since each test is a
 * program of one object.
 */
#ifndef NEREID_TESTS_UNIT_ADMIN_CGI_OUR_WORDS_H
#define NEREID_TESTS_UNIT_ADMIN_CGI_OUR_WORDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin-cgi/words.h"

#ifndef NEREID_SRCDIR
#define NEREID_SRCDIR "."
#endif

/** Owned; the test has failed where they cannot be read. */
static inline struct words *our_words(void)
{
    struct words *w = NULL;
    struct error e = {0};

    if (words_new(&w, NEREID_SRCDIR "/static/locale", &e) < 0)
        fail_msg("%s: %s", e.place, e.text);
    return w;
}

#endif
