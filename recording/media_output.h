/*
 * A Matroska or WebM file that libavformat writes: what repaired recordings and films have in
 * common.
 */
#ifndef NEREID_RECORDING_MEDIA_OUTPUT_H
#define NEREID_RECORDING_MEDIA_OUTPUT_H

#include <libavformat/avformat.h>

/**
 * Open the file and write its header. Its index comes in front when the trailer is written, which
 * reads the file again by the path that `format` was made with. Times are the caller's: the first
 * block's is 0.
 * @param format with all its streams @param path the same
 * @return 0 or more, or an AVERROR; whatever was opened is the caller's to close
 */
int media_output_start(AVFormatContext *format, const char *path);

#endif
