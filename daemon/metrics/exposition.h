/* Writes metrics in Prometheus's text format, version 0.0.4: each family once, with its help and type, then its
 * samples. Pure. (Prometheus documentation, "Exposition formats") */
#pragma once

#include <glib.h>

/* The media type of the text. */
#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

typedef enum { EXPOSITION_COUNTER, EXPOSITION_GAUGE, EXPOSITION_HISTOGRAM } ExpositionKind;

/* Begins a family. Its name, help and samples stand in one piece. */
void exposition_family(GString *text, const char *name, ExpositionKind kind, const char *help);

/* Adds a sample. labels: pairs of a name and a value, ended by NULL; a value may be any UTF-8 text. May be
 * NULL. */
void exposition_number(GString *text, const char *name, const char *const *labels, guint64 value);
void exposition_real(GString *text, const char *name, const char *const *labels, double value);
