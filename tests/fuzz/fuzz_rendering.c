/* An imager's answer, with any descriptors, is accepted only if it is what was asked for; everything else is
 * a breach of its contract. The first byte is the number of descriptors, and each of the next bytes the kind
 * of one. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "daemon/protocol/imager_client.h"
#include "daemon/protocol/messages.h"
#include "daemon/protocol/object_task.h"
#include "fuzz.h"

#define MAX_FDS    6
#define MAX_OUTPUT 5000u

static int memory(gsize size, int seals)
{
    static const char text[] = "what is encoded";
    const int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    for (gsize done = 0; done < size; done += sizeof text)
        (void)!write(fd, text, MIN(sizeof text, size - done));
    if (seals != 0)
        g_assert_cmpint(fcntl(fd, F_ADD_SEALS, seals), ==, 0);
    return fd;
}

static int make(guint8 kind)
{
    const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    int fd;

    switch (kind % 8) {
    case 0:
    case 1: return memory(kind, all);
    case 2: return memory(MAX_OUTPUT + 1, all);
    case 3: return memory(100, 0);
    case 4: return memory(100, F_SEAL_SHRINK | F_SEAL_GROW);
    case 5: /* holes */
        fd = memory(0, 0);
        g_assert_cmpint(ftruncate(fd, 4096 + kind), ==, 0);
        g_assert_cmpint(fcntl(fd, F_ADD_SEALS, all), ==, 0);
        return fd;
    case 6: return open("/dev/null", O_RDWR | O_CLOEXEC);
    default: return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    }
}

static void check(const ObjectTask *task, const Rendering *rendering)
{
    if (rendering->memory_bytes != 0) {
        g_assert_cmpuint(rendering->outputs->len, ==, 0);
        return;
    }
    g_assert_cmpuint(rendering->outputs->len, ==, task->outputs->len);
    for (guint i = 0; i < rendering->outputs->len; i++) {
        const Rendered *rendered = rendering_output(rendering, i);
        const Recipe *recipe = &object_task_output(task, i)->recipe;

        if (rendered->error != NULL)
            continue;
        g_assert_cmpuint(blob_size(rendered->bytes), >, 0);
        g_assert_cmpuint(blob_size(rendered->bytes), <=, MAX_OUTPUT);
        g_assert_nonnull(blob_data(rendered->bytes));
        g_assert_true(recipe_allows_format(recipe, rendered->format));
        g_assert_true(recipe_allows_size(recipe, rendered->format, rendered->width, rendered->height));
        g_assert_cmpuint(rendered->quality, <=, 100);
    }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    const Recipe recipe = {.width = 64, .height = 64, .format = FORMAT_JPEG};
    const guint n_fds = size > 0 ? data[0] % (MAX_FDS + 1) : 0;
    const gsize head = MIN(size, 1 + (gsize)n_fds);
    g_autoptr(GBytes) bytes = g_bytes_new(data + head, size - head);
    g_autoptr(GVariant) value =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE(RENDER_RESULT_TYPE), bytes, FALSE));
    g_autoptr(ObjectTask) task = object_task_new();
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(Future) future = future_new(context);
    g_autoptr(Rendering) rendering = NULL;
    g_autoptr(GError) error = NULL;
    FdList *fds = fd_list_new();

    for (gsize i = 1; i < head; i++)
        fd_list_append(fds, make(data[i]));
    task->limits.max_output_bytes = MAX_OUTPUT;
    task->limits.max_memory_bytes = 1000;
    object_task_add_recipe(task, 0, &recipe);
    object_task_add_recipe(task, 1, &recipe);
    future_set_result(future, value, fds);
    rendering = rendering_adopt(task, future, value, &error);
    if (rendering != NULL)
        check(task, rendering);
    else
        g_assert_cmpint(error_class(error), ==, ERROR_INTERNAL);
    return 0;
}
