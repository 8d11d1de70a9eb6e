/*
 * run/nginx/nginx.conf: rendered (site.h) from the template, the command line, and the path of
 * proxyURL in data/config.json; written again when that path changes.
 */
#ifndef NEREID_SUPERVISOR_SITE_FILE_H
#define NEREID_SUPERVISOR_SITE_FILE_H

#include <stdbool.h>

#include "common/error.h"
#include "common/server_config.h"
#include "supervisor/site.h"
#include "supervisor/state_dir.h"

/** Zeroed: not started. */
struct site_file {
    struct site site;    /* base and strip point to the strings below */
    char *template_path; /* owned, as all below */
    char *path;
    char *base;
    char *strip;
    struct server_config_file *config;
    bool has_failed; /* at the last try, and the log says so */
};

/**
 * Write the file.
 * @param site without base and strip; what it points to is borrowed for as long as `f` lives
 * @return 0; as site_render(); ERR_IO; ERR_NO_MEMORY
 */
int site_file_start(struct site_file *f, const struct state_dir *state, const struct site *site,
                    struct error *e) MUST_USE;

/** Look at data/config.json. @return true when the file was written anew: nginx must read it */
bool site_file_look(struct site_file *f);

void site_file_release(struct site_file *f);

#endif
