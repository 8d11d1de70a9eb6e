/*
 * Functions that this project does not use, because they overrun, keep hidden state or swallow
 * errors. The build puts this file before every C file (-include); a use of one of these names
 * does not compile, and the compiler's message carries the advice.
 */
#ifndef NEREID_COMMON_BANNED_H
#define NEREID_COMMON_BANNED_H

/* These declare the names, so they must come before the names are taken away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define strcpy(to, from) banned_strcpy__use_a_buf_or_snprintf
#define strcat(to, from) banned_strcat__use_a_buf_or_snprintf
/* with _FORTIFY_SOURCE some compilers see macros here */
#undef sprintf
#undef vsprintf
#define sprintf(...) banned_sprintf__use_snprintf
#define vsprintf(...) banned_vsprintf__use_vsnprintf
#define strtok(text, separators) banned_strtok__use_a_reader_or_strchr
#define gmtime(time) banned_gmtime__use_gmtime_r
#define localtime(time) banned_localtime__use_localtime_r
#define atoi(text) banned_atoi__use_strtol_and_check

#endif
