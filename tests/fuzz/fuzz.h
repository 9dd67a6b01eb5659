/*
 * fuzz.h - what every fuzz target is: one function that must survive any
 * bytes, and the name of its seed corpus, tests/fuzz/corpus/NAME.
 *
 * Each target is linked twice: with replay.c, which make check runs, and, when
 * configured with --enable-fuzz (clang), with libFuzzer.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

extern const char fuzz_name[];

/** Always 0. A wrong result is an assert, a bad access the sanitizer's find. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
