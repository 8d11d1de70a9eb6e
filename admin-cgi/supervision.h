/*
 * Which parts of the server are down, for people: what the supervisor wrote into run/status.json
 * (supervisor/status.h), whether mediad answers, and whether the disk is full.
 */
#ifndef NEREID_ADMIN_CGI_SUPERVISION_H
#define NEREID_ADMIN_CGI_SUPERVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "admin-cgi/arena.h"

struct app;

#define SUPERVISION_PROBLEMS_MAX 8

struct part_problem {
    const char *part; /* "mediad", "nginx", "certificate", "disk" */
    const char *text; /* one sentence without its full stop */
};

/**
 * mediad's answer of the last two seconds will do.
 * @param out strings live as long as the arena
 * @return how many; 0 when all is well
 */
size_t supervision_look(struct app *app, struct arena *a,
                        struct part_problem out[SUPERVISION_PROBLEMS_MAX]);

/** What is wrong with one part; NULL when nothing is. */
const char *supervision_find(const struct part_problem *problems, size_t n, const char *part);

#endif
