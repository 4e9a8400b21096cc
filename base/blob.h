/* A blob: bytes in an anonymous shared-memory file (memfd), the form in which image bytes travel between
 * processes.
 *
 * It is filled by one process (append), then sealed against every change (memfd_create(2), F_ADD_SEALS), then
 * mapped and handed on by descriptor. Because the seals are checked on receipt, the receiver may map it
 * without fear of SIGBUS or of bytes that change while it reads. Single-threaded; references are not atomic.
 */
#pragma once

#include <glib.h>

typedef struct Blob Blob;

/* Returns an empty, unsealed blob that refuses to grow beyond max_bytes. name appears in /proc/PID/fd. */
Blob *blob_new(const char *name, guint64 max_bytes, GError **error);

/* For a process that may not call memfd_create(2): from now on blob_new() uses the spare files that the
 * process was given, and fails with ERROR_INTERNAL if there is none left. A blob that is freed unsealed
 * returns its spare file. */
void blob_use_spares(void);

/* Takes ownership of fd, an empty memory file that can be sealed. */
void blob_add_spare(int fd);

/* Closes the unused spare files. */
void blob_drop_spares(void);

/* Appends bytes. Class ERROR_LIMIT beyond max_bytes, ERROR_INTERNAL if memory is short. Not after
 * blob_seal(). */
gboolean blob_append(Blob *blob, const void *data, gsize size_bytes, GError **error);

/* Discards the content, so that a transfer can start again. Not after blob_seal(). */
gboolean blob_rewind(Blob *blob, GError **error);

/* Makes the blob immutable and maps it. */
gboolean blob_seal(Blob *blob, GError **error);

/* Adopts a descriptor that another process sent, and maps it. Checks that it is sealed against writing,
 * growing and shrinking, holds no more than max_bytes, and was written from end to end (a hole costs its
 * sender nothing, but takes memory when it is read). Takes ownership of fd in every case, also on failure.
 * Class ERROR_INTERNAL if the other process broke the contract, ERROR_LIMIT if the blob is too large. */
Blob *blob_adopt(int fd, guint64 max_bytes, GError **error);

/* The content. The pointer is valid while a reference is held, and only for a sealed blob. NULL if the blob
 * is empty. */
const void *blob_data(const Blob *blob);
guint64 blob_size(const Blob *blob);

/* The blob's descriptor, still owned by the blob. */
int blob_fd(const Blob *blob);

Blob *blob_ref(Blob *blob);
void blob_unref(Blob *blob);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Blob, blob_unref)
