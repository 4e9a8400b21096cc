/* Metrics in Prometheus's text format, version 0.0.4: each family once, with its help and type, then its samples,
 * in whatever order these are added. Pure. (Prometheus documentation, "Exposition formats") */
#pragma once

#include <glib.h>

/* The media type of the text. */
#define EXPOSITION_TYPE "text/plain; version=0.0.4; charset=utf-8"

typedef enum { EXPOSITION_COUNTER, EXPOSITION_GAUGE, EXPOSITION_HISTOGRAM } ExpositionKind;

typedef struct Exposition Exposition;

Exposition *exposition_new(void);

/* Returns the text, owned by the caller, and frees the exposition. */
char *exposition_finish(Exposition *exposition);

/* Begins a family, or goes on with it: the samples that follow belong to it. */
void exposition_family(Exposition *exposition, const char *name, ExpositionKind kind, const char *help);

/* Adds a sample. labels: pairs of a name and a value, ended by NULL; a value may be any UTF-8 text. May be
 * NULL. */
void exposition_number(Exposition *exposition, const char *name, const char *const *labels, guint64 value);
void exposition_real(Exposition *exposition, const char *name, const char *const *labels, double value);
