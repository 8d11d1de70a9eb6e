/*
 * When the last backup was made: data/backups/ holds one file for each.
 */
#ifndef NEREID_ADMIN_CGI_HEALTH_LAST_BACKUP_H
#define NEREID_ADMIN_CGI_HEALTH_LAST_BACKUP_H

#include <stdint.h>

/** @param data the data directory @return microseconds since 1970; 0: there is none */
int64_t last_backup_us(const char *data);

#endif
