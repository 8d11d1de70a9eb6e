/*
 * What a dependency descriptor tells forwarding of a packet: the same as the payload would, and for
 * whom its frame is. It comes before the payload's own word, which may be encrypted.
 */
#ifndef NEREID_MEDIAD_RTC_PAYLOAD_DEPENDENCY_H
#define NEREID_MEDIAD_RTC_PAYLOAD_DEPENDENCY_H

#include "mediad/rtc/packet.h"

/**
 * Reads the packet's descriptor into p->info and p->descriptor; p->info has what the payload said.
 * One that does not parse changes nothing; one whose structure is not known yet is passed on, and
 * no keyframe starts with it.
 * @param extension borrowed from the packet
 */
void payload_dependency(struct packet *p, struct dependency_state *state, struct span extension);

#endif
