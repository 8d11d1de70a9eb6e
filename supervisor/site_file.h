/*
 * run/nginx/nginx.conf: rendered (site.h) from the template, the command line, the path of
 * proxyURL in data/config.json, and the version of the pages' assets; written again when that path
 * or an asset changes.
 */
#ifndef NEREID_SUPERVISOR_SITE_FILE_H
#define NEREID_SUPERVISOR_SITE_FILE_H

#include <stdbool.h>

#include "common/error.h"
#include "common/server_config.h"
#include "supervisor/asset_version.h"
#include "supervisor/site.h"
#include "supervisor/state_dir.h"

/** Zeroed: not started. */
struct site_file {
    struct site site;    /* base, strip and version point to what is below */
    char *template_path; /* owned, as all below */
    char *path;
    char *base;
    char *strip;
    char *share_files; /* SHARE/static */
    char *own_files;   /* DIR/static */
    struct asset_version version;
    struct server_config_file *config;
    bool has_failed; /* at the last try, and the log says so */
};

/**
 * Write the file.
 * @param site without base, strip and version; what it points to is borrowed for as long as `f`
 * lives
 * @return 0; as site_render(); ERR_IO; ERR_NO_MEMORY
 */
int site_file_start(struct site_file *f, const struct state_dir *state, const struct site *site,
                    struct error *e) MUST_USE;

/** Look at data/config.json and at the assets. @return true when the file was written anew: nginx
 * must read it */
bool site_file_look(struct site_file *f);

void site_file_release(struct site_file *f);

#endif
