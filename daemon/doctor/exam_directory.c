#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/blob.h"
#include "base/error.h"
#include "base/quote.h"
#include "batch/selection.h"
#include "concurrent/task.h"
#include "daemon/doctor/exam.h"
#include "store/directory.h"
#include "store/directory_store.h"
#include "store/file.h"

#define ADVICE "Check that the directory exists, and that thumbmill's user may enter, read%s it."

/* A page of the listing, and the future that awaits it. */
typedef struct {
    Future *future;
    GError *error;
    char *key; /* of its first file, or NULL */
    guint64 size_bytes;
    GPtrArray *skips; /* of DirectorySkip */
} Page;

static void on_page(GPtrArray *objects, gboolean is_last, const GError *error, void *data)
{
    Page *page = data;

    (void)is_last;
    page->error = error != NULL ? g_error_copy(error) : NULL;
    if (objects != NULL && objects->len > 0) {
        const StoreObject *first = g_ptr_array_index(objects, 0);

        page->key = g_strdup(first->key);
        page->size_bytes = first->size_bytes;
    }
    future_set_result(page->future, g_variant_new("()"), NULL);
}

/* Why the file system does not allow writing, or NULL if no reason is known. */
static const char *advice_of_file_system(const char *path)
{
    struct statvfs info;

    if (statvfs(path, &info) != 0)
        return NULL;
    if ((info.f_flag & ST_RDONLY) != 0)
        return "The file system is mounted read-only: mount it read-write, or choose another directory.";
    if (info.f_bavail == 0)
        return "The file system is full: free some space, or choose another directory.";
    if (info.f_files > 0 && info.f_favail == 0)
        return "The file system has free space but no free inodes: remove files, or choose another "
               "directory.";
    return NULL;
}

static gboolean note(const Exam *exam, const char *check, const GError *error, const char *words)
{
    const char *known = NULL;
    g_autofree char *advice = NULL;

    if (error == NULL) {
        exam_note(exam, check, FINDING_OK, words, NULL);
        return TRUE;
    }
    if (exam->is_destination)
        known = advice_of_file_system(store_prefix(exam->store));
    advice =
        known != NULL ? g_strdup(known) : g_strdup_printf(ADVICE, exam->is_destination ? " and write" : "");
    exam_note(exam, check, FINDING_FAILED, error->message, advice);
    return FALSE;
}

static gboolean may_enter(const char *folder, void *data)
{
    return selection_may_enter(data, folder);
}

/* FALSE if the task was cancelled. */
static gboolean list(const Exam *exam, Page *ret_page)
{
    StoreListMode mode = exam->is_destination ? STORE_LIST_DESTINATION : STORE_LIST_SOURCE;
    const StoreScope scope = {.may_enter = may_enter, .data = (void *)&exam->config->source};
    StoreListing *listing =
        store_list_scope(exam->store, mode, exam->is_destination ? NULL : &scope, on_page, ret_page);
    gboolean is_done;

    ret_page->future = loop_create_future(exam->loop);
    store_listing_next(listing);
    is_done = await(ret_page->future, NULL) != NULL;
    ret_page->skips = store_listing_take_skips(listing);
    store_listing_free(listing);
    future_unref(ret_page->future);
    return is_done;
}

/* Adds the first part that a run would leave out, if there is one on the first page. */
static void note_unreadable(const Exam *exam, const GPtrArray *skips)
{
    for (guint i = 0; i < skips->len; i++) {
        const DirectorySkip *skip = skips->pdata[i];
        g_autofree char *part = quote_key(skip->part);
        g_autofree char *words = g_strdup_printf("%s: %s", part, skip->reason);

        if (skip->kind != DIRECTORY_SKIP_UNREADABLE)
            continue;
        exam_note(exam, "folders", FINDING_WARNING, words,
                  exam->is_destination
                      ? "Each run skips it and exits with 1: give thumbmill's user permission to read it, or "
                        "choose a destination.url without it."
                      : "Each run skips it and exits with 1: give thumbmill's user permission to read it, or "
                        "exclude it (source.exclude: [\"lost+found/*\"]).");
        return;
    }
}

static gboolean read_file(const Exam *exam, const char *key, guint64 size_bytes)
{
    g_autofree char *path = g_strconcat(store_prefix(exam->store), key, NULL);
    g_autofree char *quoted = quote_key(path);
    g_autoptr(GError) error = NULL;
    g_autoptr(Blob) blob = blob_new("probe", MAX(size_bytes, 1), &error);

    if (blob != NULL)
        (void)file_read(&(FilePath){.name = path}, size_bytes, -1, blob, &error);
    return note(exam, "get", error, quoted);
}

static void remove_file(const Exam *exam, const char *path)
{
    g_autoptr(GError) error = NULL;

    if (unlink(path) != 0)
        error_set_errno(&error, ERROR_PERMANENT, errno, "%s", path);
    (void)note(exam, "delete", error, NULL);
}

static void write_probe(const Exam *exam)
{
    g_autofree char *path = g_strconcat(store_prefix(exam->store), exam->probe, NULL);
    const FilePlace place = store_file_place(exam->store);
    g_autoptr(GError) error = NULL;

    (void)file_write(path, &place, EXAM_PROBE_TEXT, strlen(EXAM_PROBE_TEXT), &error);
    if (note(exam, "put", error, NULL)) {
        (void)read_file(exam, exam->probe, strlen(EXAM_PROBE_TEXT));
        remove_file(exam, path);
    } else {
        exam_note(exam, "get", FINDING_UNTRIED, NULL, NULL);
        exam_note(exam, "delete", FINDING_UNTRIED, NULL, NULL);
    }
}

void exam_directory(const Exam *exam)
{
    Page page = {0};

    if (!list(exam, &page)) {
        g_ptr_array_unref(page.skips);
        return;
    }
    if (!exam->is_destination && page.error == NULL && page.key == NULL)
        (void)exam_note_nothing_listed(exam);
    else
        (void)note(exam, "list", page.error, store_prefix(exam->store));
    note_unreadable(exam, page.skips);
    if (exam->is_destination)
        write_probe(exam);
    else if (page.key != NULL)
        (void)read_file(exam, page.key, page.size_bytes);
    else
        exam_note(exam, "get", FINDING_UNTRIED, "no file to read", NULL);
    g_clear_error(&page.error);
    g_ptr_array_unref(page.skips);
    g_free(page.key);
}
