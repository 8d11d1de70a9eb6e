/*
 * Room for recordings: what the disk has, and what data/mediad.json lets them take.
 */
#ifndef NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SPACE_H
#define NEREID_ADMIN_CGI_RECORDINGS_RECORDING_SPACE_H

#include <stdint.h>

/** Bytes; -1: not known, or not set. */
struct recording_space {
    int64_t free, disk;        /* of the disk that recordings/ is on */
    int64_t floor;             /* `free-bytes`: what must stay free */
    int64_t per_group, in_all; /* `group-bytes`, `total-bytes` */
};

/** @param root the directory recordings/ @param data the directory data/ */
void recording_space_read(struct recording_space *out, const char *root, const char *data);

#endif
