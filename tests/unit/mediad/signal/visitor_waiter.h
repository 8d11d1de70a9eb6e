/*
 * Who waits for a visitor in tests, and what it heard. Include it after cmocka.
 */
#ifndef NEREID_TESTS_UNIT_MEDIAD_SIGNAL_VISITOR_WAITER_H
#define NEREID_TESTS_UNIT_MEDIAD_SIGNAL_VISITOR_WAITER_H

#include <stdio.h>
#include <string.h>

#include "mediad/signal/visitor.h"

static struct {
    unsigned n; /* how often it heard anything */
    char error[64], text[256], answer[8];
    struct resource *resource;
} heard;

static void waiter_refused(void *arg, const char *error, const char *text)
{
    (void)arg;
    heard.n++;
    snprintf(heard.error, sizeof heard.error, "%s", error);
    snprintf(heard.text, sizeof heard.text, "%s", text);
}

static void waiter_redirected(void *arg, const char *target)
{
    waiter_refused(arg, "redirected", target);
}

static void waiter_accepted(void *arg, struct resource *r, struct span answer)
{
    (void)arg;
    heard.n++;
    heard.resource = r;
    assert_true(answer.len > sizeof heard.answer);
    memcpy(heard.answer, answer.data, 3);
}

static const struct visitor_waiter waiter = {
    .refused = waiter_refused, .redirected = waiter_redirected, .accepted = waiter_accepted};

#endif
