/*
 * Whom what belongs to below the state directory when the programs have users of their own
 * (accounts.h): directories and files of an earlier start as root, of another user or of an
 * original Galene are given to them. Only names that are the server's own are touched, never what a
 * symbolic link points to, never a file that has a second name.
 */
#ifndef NEREID_SUPERVISOR_ADOPT_H
#define NEREID_SUPERVISOR_ADOPT_H

#include "common/error.h"
#include "supervisor/accounts.h"

/**
 * Give the whole tree to its users. The caller holds the directory's lock, and no program runs.
 *
 *     groups/, recordings/   nereid-admin, readable (recordings/ writable) for the group
 *     data/                  nereid-admin; the database and secret.key for it alone, key.pem for
 *                            root alone; data/var writable for the group
 *     run/                   root; the group may add to it, and nobody takes away what is another's
 *
 * @return 0, or ERR_IO with the path that could not be given away
 */
int adopt_tree(const char *dir, const struct accounts *accounts, struct error *e) MUST_USE;

/** A new data/key.pem is root's alone again, whoever put it there with which mode. */
void adopt_key(const char *key_path, const struct accounts *accounts);

#endif
