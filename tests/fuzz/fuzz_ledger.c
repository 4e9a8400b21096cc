/* A ledger with changed bytes is quarantined, or reported as damaged, or returns text; it has no worse
 * effect. The input is a list of changes: two bytes of offset, one byte of value. */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "fuzz.h"
#include "ledger/ledger.h"

static char *folder, *path, *sound; /* sound: the bytes of an undamaged ledger */
static gsize sound_bytes;

static void remove_folder(void)
{
    g_autofree char *command = g_strconcat("rm -rf ", folder, NULL);

    (void)!system(command);
}

static void make_sound(void)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func((GDestroyNotify)ledger_change_free);
    g_autofree char *aside = NULL;
    Ledger *ledger;

    /* in memory if possible, since each write is flushed */
    folder = g_mkdtemp(g_strdup("/dev/shm/fuzz-ledger-XXXXXX"));
    if (folder == NULL)
        folder = g_dir_make_tmp("fuzz-ledger-XXXXXX", NULL);
    atexit(remove_folder);
    path = g_build_filename(folder, "ledger", NULL);
    for (guint i = 0; i < 40; i++) {
        g_autofree char *key = g_strdup_printf("folder/photo-%u.jpg", i);
        const LedgerFailure failure = {.key = key,
                                       .output = i % 2 == 0 ? "thumb" : "",
                                       .etag = "e",
                                       .recipe = "0123456789abcdef",
                                       .engine = "thumbmill 1.0, libvips 8.14",
                                       .is_final = i % 3 == 0,
                                       .class = "input",
                                       .reason = "no image",
                                       .last_s = 1700000000,
                                       .seen_s = 1700000000};

        g_ptr_array_add(changes, ledger_change_new(LEDGER_FAILED, &failure));
    }
    ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, NULL);
    g_assert_true(ledger_write(ledger, changes, NULL));
    ledger_close(ledger);
    g_assert_true(g_file_get_contents(path, &sound, &sound_bytes, NULL));
}

static void look_at(const LedgerFailure *failure, void *data)
{
    gsize *bytes = data;

    *bytes +=
        strlen(failure->key) + strlen(failure->output) + strlen(failure->reason) + strlen(failure->class);
}

static void remove_others(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *other = g_build_filename(folder, name, NULL);

        (void)g_unlink(other);
    }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    g_autofree char *bytes = NULL, *aside = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    Ledger *ledger;
    gsize total = 0;
    guint64 count;

    if (sound == NULL)
        make_sound();
    bytes = g_memdup2(sound, sound_bytes);
    for (gsize i = 0; i + 3 <= size; i += 3)
        bytes[((gsize)data[i] << 8 | data[i + 1]) % sound_bytes] = (char)data[i + 2];
    remove_others();
    g_assert_true(g_file_set_contents(path, bytes, (gssize)sound_bytes, NULL));
    ledger = ledger_open_existing(path, NULL);
    if (ledger != NULL) {
        (void)ledger_each(ledger, &(LedgerFilter){0}, look_at, &total, NULL);
        rows = ledger_recall(ledger, "folder/photo-3.jpg", NULL);
        (void)ledger_forget(ledger, "folder/photo-4.jpg", &count, NULL);
        ledger_close(ledger);
    }
    ledger = ledger_open(path, LEDGER_CHECK_NOW, &aside, &error);
    g_assert_true(ledger != NULL || error != NULL);
    if (ledger != NULL && aside != NULL)
        g_assert_true(ledger_forget(ledger, NULL, &count, NULL) && count == 0);
    ledger_close(ledger);
    return 0;
}
