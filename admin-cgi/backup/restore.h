/*
 * Putting a whole backup back, in two steps. First it is unpacked beside (data/restore/), held
 * against its manifest and made ready, while the server runs and knows nothing of it. Then it is
 * ordered: one small file is written, and with that the restore is decided. It is carried out when
 * nobody has the database open: by the next keeper before it opens it, or by the command line when
 * no server runs. What was there becomes a backup first. A crash at any moment leaves the old
 * state, or the order, which the next start carries out.
 */
#ifndef NEREID_ADMIN_CGI_BACKUP_RESTORE_H
#define NEREID_ADMIN_CGI_BACKUP_RESTORE_H

#include "admin-cgi/app.h"
#include "admin-cgi/backup/backup_archive.h"
#include "admin-cgi/backup/backup_place.h"
#include "admin-cgi/store/actor.h"

/**
 * Unpack a backup of everything beside the server's state and make it ready.
 * @param place held by the caller
 * @param fd    the backup
 * @param m     zeroed; what is in it, to be released always
 * @return 0, ERR_INVALID (a backup of groups only), or as archive_unpack() and
 *         store_snapshot_adopt()
 */
int restore_prepare(const struct backup_place *place, const struct app_paths *paths, int fd,
                    struct span passphrase, const struct archive_progress *progress,
                    const struct actor *actor, const char *source, struct manifest *m,
                    struct error *e) MUST_USE;

/** Decide it. @param before name of the backup that keeps what is there now (backup_name())
 * @return 0, ERR_NO_SPACE, ERR_IO: nothing is decided */
int restore_decide(const struct app_paths *paths, const char *before, struct error *e) MUST_USE;

/** Is a restore decided and not carried out yet? */
bool restore_is_decided(const struct app_paths *paths);

/** Tell the running server to start its children anew, and so to carry it out.
 * @return 0, ERR_IO, ERR_NOT_FOUND (none runs) */
int restore_tell_server(const struct app_paths *paths, struct error *e) MUST_USE;

/** Forget what was prepared. Nothing prepared is fine. */
int restore_forget(const struct app_paths *paths, struct error *e) MUST_USE;

/**
 * Carry out what was decided; what was only prepared is removed. The caller is the only process
 * of admin-cgi on this directory.
 * @return 1 when a state was put back, 0 when there was nothing to do; ERR_BUSY, ERR_IO,
 *         ERR_NO_SPACE: the order stands, unless what was there could not be kept (then it is
 *         withdrawn, and nothing was changed)
 */
int restore_carry_out(const struct app_paths *paths, int64_t now_us, struct error *e) MUST_USE;

#endif
