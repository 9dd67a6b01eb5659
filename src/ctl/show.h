/*
 * show.h - answers for people: "key: value" lines, and a table for each list
 * of objects. What comes from callers is made harmless for the terminal.
 */
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include <jansson.h>
#include <stdio.h>

void show(FILE *f, const json_t *result);

#endif
