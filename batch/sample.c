#include "batch/sample.h"

#include <string.h>

#include "batch/siphash.h"

/* The second half of the hash's key: any constant. */
#define SAMPLE_KEY G_GUINT64_CONSTANT(0x7468756d626d696c)

typedef struct {
    guint64 hash;
    void *item;
} Entry;

/* A binary heap: no entry has a smaller hash than the entries below it, so that the greatest is the first. */
struct Sample {
    GArray *entries;
    guint size;
    SipKey key;
    GDestroyNotify free_item;
};

Sample *sample_new(guint size, guint64 seed, GDestroyNotify free_item)
{
    Sample *sample = g_new0(Sample, 1);

    sample->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    sample->size = size;
    sample->key = (SipKey){seed, SAMPLE_KEY};
    sample->free_item = free_item;
    return sample;
}

static Entry *entry_at(const Sample *sample, guint i)
{
    return &g_array_index(sample->entries, Entry, i);
}

static void swap(const Sample *sample, guint i, guint j)
{
    const Entry entry = *entry_at(sample, i);

    *entry_at(sample, i) = *entry_at(sample, j);
    *entry_at(sample, j) = entry;
}

static void move_up(const Sample *sample, guint i)
{
    for (; i > 0 && entry_at(sample, (i - 1) / 2)->hash < entry_at(sample, i)->hash; i = (i - 1) / 2)
        swap(sample, i, (i - 1) / 2);
}

static void move_down(const Sample *sample, guint i)
{
    while (2 * i + 1 < sample->entries->len) {
        guint child = 2 * i + 1;

        if (child + 1 < sample->entries->len &&
            entry_at(sample, child + 1)->hash > entry_at(sample, child)->hash)
            child++;
        if (entry_at(sample, child)->hash <= entry_at(sample, i)->hash)
            return;
        swap(sample, i, child);
        i = child;
    }
}

void *sample_add(Sample *sample, const char *key, void *item)
{
    const Entry entry = {siphash(&sample->key, key, strlen(key)), item};
    void *other;

    if (sample->entries->len < sample->size) {
        g_array_append_val(sample->entries, entry);
        move_up(sample, sample->entries->len - 1);
        return NULL;
    }
    if (entry.hash >= entry_at(sample, 0)->hash)
        return item;
    other = entry_at(sample, 0)->item;
    *entry_at(sample, 0) = entry;
    move_down(sample, 0);
    return other;
}

void *sample_take(Sample *sample)
{
    void *item;

    if (sample->entries->len == 0)
        return NULL;
    item = entry_at(sample, 0)->item;
    g_array_remove_index_fast(sample->entries, 0);
    move_down(sample, 0);
    return item;
}

guint sample_count(const Sample *sample)
{
    return sample->entries->len;
}

void sample_free(Sample *sample)
{
    void *item;

    if (sample == NULL)
        return;
    while ((item = sample_take(sample)) != NULL)
        sample->free_item(item);
    g_array_unref(sample->entries);
    g_free(sample);
}
