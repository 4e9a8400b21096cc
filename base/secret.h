/* A secret string: locked in memory, excluded from core dumps, wiped when freed, never printed.
 *
 * Only the supervisor holds secrets. No function formats one or copies one into ordinary memory. */
#pragma once

#include <glib.h>

typedef struct Secret Secret;

/* Copies size_bytes bytes, which may not include NUL. The caller must wipe the original: see secret_wipe().
 * Locking may fail under a small RLIMIT_MEMLOCK; the secret is then kept in unlocked memory. */
Secret *secret_new(const char *text, gsize size_bytes);

/* The bytes, NUL-terminated, valid until it is freed. */
const char *secret_peek(const Secret *secret);
gsize secret_size(const Secret *secret);

void secret_free(Secret *secret);

/* Overwrites with zeros, in a way that the compiler does not remove. data may be NULL when size_bytes is
 * 0. */
void secret_wipe(void *data, gsize size_bytes);

/* malloc(), realloc() and free() that overwrite memory before they free it, for libraries that accept an
 * allocator. */
void *wiping_malloc(gsize size_bytes);
void *wiping_realloc(void *block, gsize size_bytes);
void wiping_free(void *block);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Secret, secret_free)
