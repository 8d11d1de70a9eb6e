/*
 * Passwords from a person: a prompt on the terminal without echo, or one line of stdin when that is
 * no terminal. Nothing is written to stdout.
 */
#ifndef NEREID_GALENECTL_TTY_H
#define NEREID_GALENECTL_TTY_H

#include "common/buf.h"
#include "common/error.h"

/**
 * Read a new password into `out` (wipe it with buf_wipe()).
 * @param prompt     "New password"; asked a second time when a terminal answers
 * @param from_stdin read one line of stdin even when it is a terminal
 * @return 0, ERR_INVALID (empty, or not the same twice), ERR_TOO_LARGE, ERR_IO
 */
int tty_read_password(struct buf *out, const char *prompt, bool from_stdin,
                      struct error *e) MUST_USE;

#endif
