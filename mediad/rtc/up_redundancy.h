/*
 * Packets of a publisher that never came, rebuilt of what the next one has of them (redundant
 * audio, red.h): so receivers that do not take redundant audio, and recordings, lose nothing, and
 * the publisher is not asked for them. Never allocates. For the source's worker.
 */
#ifndef NEREID_MEDIAD_RTC_UP_REDUNDANCY_H
#define NEREID_MEDIAD_RTC_UP_REDUNDANCY_H

#include "mediad/rtc/red.h"
#include "mediad/rtc/up_source.h"

/**
 * Hand in what is missing right before a packet, as far as the packet has it: with the missing
 * number, the time and the frame of its block, and without redundancy of its own. Which block
 * belongs to which number is told by time alone, so nothing is done where that leaves a doubt.
 *
 * @param p   the newest packet of the source, numbered and not handed in yet
 * @param red what red_parse() made of it
 */
void up_redundancy_rebuild(struct up_source *source, const struct packet *p, const struct red *red);

/**
 * A publisher that was muted is not heard with what it said until then: packets that have some of
 * it once more lose their redundancy.
 *
 * @param p   of sound, each one, not handed in yet
 * @param red as above; not looked at where `p` is no redundant audio
 */
void up_redundancy_watch_mute(struct up_source *source, struct packet *p, const struct red *red,
                              bool is_muted);

/**
 * A packet came whose number is there already. Was that one rebuilt, and has this one not come
 * before? It counts as received then, as others that come late; nobody needs it any more.
 *
 * @param known of that number, in the track's cache
 */
bool up_redundancy_came_late(struct up_source *source, const struct packet *known);

#endif
