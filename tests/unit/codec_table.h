/* codec_table.h - mixer/codec.h's look-ups over codec_table.c's own table. */
#ifndef CODEC_TABLE_H
#define CODEC_TABLE_H

#include "mixer/codec.h"

enum { PCMU, PCMA, L16_16000, L16_8000, G722, L16_48000, L16_48000_2, OPUS };

#endif
