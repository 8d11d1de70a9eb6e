#include "galenectl/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static void print_time(void)
{
    time_t now = time(NULL);
    struct tm tm;
    char text[32] = "";

    if (localtime_r(&now, &tm))
        strftime(text, sizeof text, "%Y/%m/%d %H:%M:%S ", &tm);
    fputs(text, stderr);
}

int report(const char *fmt, ...)
{
    va_list ap;

    print_time();
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
    return 1;
}

int report_error(const char *action, const struct error *e)
{
    char text[sizeof e->place + sizeof e->text];

    return report("%s: %s", action, error_describe(e, text, sizeof text));
}
