/*
 * What all sessions share: one per process, made by main() and handed down. Control thread only.
 */
#ifndef NEREID_MEDIAD_SIGNAL_ENV_H
#define NEREID_MEDIAD_SIGNAL_ENV_H

#include <pthread.h>
#include <semaphore.h>

#include "common/ice_servers.h"
#include "common/server_config.h"
#include "common/throttle.h"
#include "common/token_store.h"
#include "mediad/group/registry.h"
#include "mediad/limits.h"
#include "mediad/pool.h"
#include "mediad/rtc/media.h"
#include "mediad/signal/census.h"
#include "mediad/signal/places.h"
#include "mediad/signal/resource.h"
#include "mediad/timer_wheel.h"

struct jobs;

#define SCRYPT_AT_ONCE 2
#define DRAIN_TEXT_MAX 500

/** For /v0/stats and metrics; they only grow. */
struct signal_counters {
    uint64_t connections;
    uint64_t messages_in, messages_out;
    uint64_t chats;
    uint64_t joins, joins_refused;
    uint64_t kicks;
    uint64_t recordings, recordings_failed; /* of groups; that ended by themselves */
    uint64_t dropped_slow, dropped_silent, dropped_rate, dropped_crowd, protocol_errors;
    size_t members_peak;
};

/** The store that pool jobs write through, one after the other. */
struct token_writer {
    pthread_mutex_t lock;
    struct token_store *store;
};

struct recorder;

struct signal_env {
    int64_t now_us;  /* monotonic, of this turn of the loop */
    int64_t wall_us; /* since 1970, same */
    struct timer_wheel *timers;
    struct pool *pool;
    sem_t scrypt_slots; /* each such hash may take 64 MiB, and all together 128 (SEC-21) */
    struct registry *registry;
    struct media *media;
    struct recorder *recorder; /* the writer of recordings; NULL: this server does not record */
    struct jobs *jobs;         /* what is done with files of recordings; NULL: nothing */
    const struct settings *settings;
    struct server_config_file *config;
    struct ice_servers *ice;
    struct token_store *tokens; /* this thread's, for reading */
    struct token_writer token_writer;
    struct throttle_table *join_failures;
    struct census census;
    struct places places;       /* of those whose connection was lost */
    struct resources resources; /* sessions over HTTP alone */
    struct list media_trials;   /* connections for a try (media_trial.h) */
    unsigned n_media_trials;
    struct signal_counters counters;
    struct buf rtc_configuration; /* JSON text, as of rtc_made_us */
    int64_t rtc_made_us;
    int64_t started_wall_us;
    uint64_t last_member; /* members have numbers, from 1 */
    struct timer hearing; /* runs while anybody can be heard (speaking.h) */
    bool is_ending;
    struct buf
        look; /* how this server presents itself, JSON for the door of meetings; may be empty */
    /* Before maintenance: who is inside stays, and nobody else comes in. Ends with the process. */
    bool is_draining;
    char drain_text[DRAIN_TEXT_MAX + 1]; /* told to who is refused; "": the usual sentence */
    int64_t drain_wall_us;               /* since when */
};

/** The `rtcConfiguration` for clients, made anew when it is older than a minute. Borrowed until the
 * next call. */
struct span env_rtc_configuration(struct signal_env *env);
/** Limits in force. */
static inline const struct limits *env_limits(const struct signal_env *env)
{
    return &env->settings->limits;
}
#endif
