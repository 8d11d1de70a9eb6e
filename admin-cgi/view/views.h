/*
 * The pages' templates, compiled once before the fork.
 */
#ifndef NEREID_ADMIN_CGI_VIEW_VIEWS_H
#define NEREID_ADMIN_CGI_VIEW_VIEWS_H

#include "common/error.h"

struct views;

/** Compile every template of the directory; an unknown name or missing partial is an error with file
 * and line. */
int views_new(struct views **out, const char *templates_dir, struct error *e) MUST_USE;
void views_free(struct views *v); /* NULL is fine */

#endif
