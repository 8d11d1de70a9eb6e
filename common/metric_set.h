/*
 * Numbers for Prometheus: families of series, each series once and the series of a family together,
 * as its text format 0.0.4 wants them (prometheus.io/docs/instrumenting/exposition_formats). A
 * program adds its own numbers, may read the text of another program to them, and writes all.
 */
#ifndef NEREID_COMMON_METRIC_SET_H
#define NEREID_COMMON_METRIC_SET_H

#include "common/buf.h"
#include "common/error.h"
#include "common/span.h"

/** Every name starts with this; tables leave it out. */
#define METRIC_PREFIX "nereid_"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

/** What series with one name have in common. */
struct metric_family {
    const char *name; /* without METRIC_PREFIX; a counter's ends in _total */
    enum metric_kind kind;
    const char *help;  /* one sentence, without backslash and newline */
    const char *label; /* name of the one label that tells its series apart, or NULL */
};

/** Zeroed is empty. Out of memory leaves numbers out and makes metric_set_write() say so. */
struct metric_set {
    struct metric_set_family *families; /* in the order in which they came */
    size_t n_families;
    bool bad;
};

/**
 * Add a number; to a series that is there already its value is added.
 * @param label value of family->label, NULL where it has none; copied, and escaped as needed
 */
void metric_set_add(struct metric_set *s, const struct metric_family *family, const char *label,
                    double value);

/** The same with several labels. @param labels as `route="x",code="2xx"`, well-formed; copied */
void metric_set_add_labels(struct metric_set *s, const struct metric_family *family,
                           const char *labels, double value);

/**
 * Add what another program wrote. Families and series that both have become one.
 * @param text lines in the text format; time stamps, comments and summaries of a family's buckets
 *             are not known here
 * @return 0, ERR_SYNTAX (place "line L"; nothing of the text is taken), ERR_NO_MEMORY
 */
int metric_set_read(struct metric_set *s, struct span text, struct error *e) MUST_USE;

/** Append the text. @return 0, ERR_NO_MEMORY when something was lost on the way */
int metric_set_write(const struct metric_set *s, struct buf *out) MUST_USE;

void metric_set_release(struct metric_set *s);

#endif
